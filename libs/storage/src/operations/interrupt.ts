import { NO_REPLY } from '@sluice/session';

/** INTERRUPT: no operation here waits for something that a signal could cut short; the request is answered as usual. */
export function interrupt(): number {
  return NO_REPLY;
}
