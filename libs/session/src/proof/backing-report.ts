/** What the trial of fuse_bpf's backing directory found out, and the names both of its sides know things by. */
import type { TrialCheck } from './trial-report.ts';

/** The directory beneath the scratch mount's root that is answered with a backing directory. */
export const BACKED_DIRECTORY = 'backed';
/** The file that is in the lower directory before the trial begins. */
export const BACKED_FILE = 'there';
/** What is in it: more than a page, and no two pages alike. */
export const BACKED_CONTENT: Buffer = Buffer.from(
  Array.from({ length: 10_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff),
);

/** In the order they are made. `mount` comes before them; what comes after a failed `lookup` is not tried. */
export const BACKING_CHECKS = [
  'lookup',
  'list',
  'read',
  'write',
  'create',
  'rename',
  'subdirectory',
  'attributes',
  'remove',
] as const;

/** Why nothing is proven. */
export const BACKING_REASONS = [
  /** No lower directory for the trial could be made. */
  'no-lower-directory',
  /** /dev/fuse cannot be opened. */
  'no-device',
  'mount-refused',
  /** The kernel did not take the LOOKUP reply, or nothing could be opened by it; the failed check has the errno. */
  'reply-refused',
  /** Something in the directory was not as in the lower one. */
  'wrong-result',
  /** Requests for what is in the directory reached the daemon. */
  'served-by-daemon',
  /** The trial did not come to its end. */
  'no-answer',
] as const;
export type BackingReason = (typeof BACKING_REASONS)[number];

export interface BackingReport {
  /** Every check passed, and no request but those that lead to the directory reached the daemon. */
  proven: boolean;
  /** Undefined where it is proven. */
  reason: BackingReason | undefined;
  /** Sentences for people. */
  evidence: string[];
  /** `requests`: those that should not have reached the daemon. */
  checks: TrialCheck[];
}
