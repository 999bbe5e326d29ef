import { FORGET_IN, IN_HEADER } from '@sluice/wire';
import { NO_REPLY } from '@sluice/session';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** FORGET: the kernel drops lookups of one node. No reply. */
export function forget(volume: Volume, request: Request): number {
  const { memory, argumentAt, headerAt } = request;
  volume.forget(
    headerAt + IN_HEADER.nodeid,
    memory.getU32(argumentAt + FORGET_IN.nlookup),
    memory.getU32(argumentAt + FORGET_IN.nlookup + 4),
  );
  return NO_REPLY;
}
