import { answerInit } from '@sluice/session';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** INIT: the first request of a connection. */
export function init(volume: Volume, request: Request): number {
  const { features } = volume;
  const wishes = {
    passthrough: volume.allowPassthrough,
    locks: features.locks === 'lower',
    acl: features.acl,
    idmap: features.idmap,
  };
  return answerInit(request, wishes, volume.settled);
}
