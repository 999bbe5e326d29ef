/** Named counters of a volume, kept per worker in session memory (libs/session counters.ts). */
import { OPEN_REASON_NAMES } from './open-mode.ts';

export const COUNTER = {
  opensPassthrough: 0,
  opensCached: 1,
  opensDirect: 2,
  opensFailed: 3,
  bytesRead: 4,
  bytesWritten: 5,
  registrationsOpened: 6,
  registrationsClosed: 7,
  registrationsFailed: 8,
  /** Requests that hit a defect of ours and were answered EIO. */
  faults: 9,
  /** Replies nobody waited for. */
  undelivered: 10,
  /** Removed objects that could not be held for those who may still use them: too many at once. */
  removedNotHeld: 11,
  /** Names of files with hard links that policy does not know of: too many at once. */
  namesNotKept: 12,
  /** Opens of files in a `tree` that came to the daemon, because nothing is mounted there. */
  treeOpens: 13,
  /** Ids that the kernel gave and never consumed: undelivered replies of dialects with an id for each open. */
  registrationsStranded: 14,
  /** Direct writes beside cached opens, answered without dropping their pages: too many at once. */
  pagesNotDropped: 15,
  /** First of the open reasons, one counter per code. */
  openReasons: 16,
} as const;

export const COUNTERS_USED = COUNTER.openReasons + OPEN_REASON_NAMES.length;
