import { answerInit } from '@sluice/session';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** INIT: the first request of a connection. */
export function init(volume: Volume, request: Request): number {
  return answerInit(request, volume.allowPassthrough, volume.settled);
}
