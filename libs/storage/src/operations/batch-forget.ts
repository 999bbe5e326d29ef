import { BATCH_FORGET_IN, FORGET_ONE } from '@sluice/wire';
import { NO_REPLY } from '@sluice/session';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** BATCH_FORGET: many FORGETs in one request. The decoder has checked that `count` entries are there. No reply. */
export function batchForget(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const count = memory.getU32(argumentAt + BATCH_FORGET_IN.count);
  let at = argumentAt + BATCH_FORGET_IN.SIZE;
  for (let i = 0; i < count; i++, at += FORGET_ONE.SIZE) {
    volume.forget(
      at + FORGET_ONE.nodeid,
      memory.getU32(at + FORGET_ONE.nlookup),
      memory.getU32(at + FORGET_ONE.nlookup + 4),
    );
  }
  return NO_REPLY;
}
