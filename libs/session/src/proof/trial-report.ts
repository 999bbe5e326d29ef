/** What a trial mount found out, check by check, and the names both of its sides know the files by. */
import type { DialectName } from '../dialects/dialect.ts';
import type { DialectLimit } from '../dialects/limits.ts';
import type { SessionGeometry } from '../memory.ts';

export const TRIAL_FILE = 'file';
/** The same lower file, served by the daemon whatever the kernel offers: what passing it through saves is measured by it. */
export const TRIAL_SERVED_FILE = 'served';
/** The same lower file, whose first open is a cached one and whose others pass through. */
export const TRIAL_MIXED_FILE = 'mixed';
/** The name under which the trial creates a file. What it gets is the same lower file. */
export const TRIAL_MADE_FILE = 'made';

/** Values of HEADER.trialMount: the server may not read from the device before it is mounted (EPERM). */
export const TRIAL_MOUNTED = 1;
export const TRIAL_NOT_MOUNTED = 2;

export const TRIAL_GEOMETRY: SessionGeometry = { workers: 1, storageBytes: 0 };

/** The checks of data, in the order they are made. `mount` comes before them, `open` where the first open fails. */
export const DATA_CHECKS = ['write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'] as const;

/** Why nothing is proven. */
export const TRIAL_REASONS = [
  /** No file for the trial could be made. */
  'no-lower-file',
  /** /dev/fuse cannot be opened. */
  'no-device',
  'mount-refused',
  /** Without CAP_SYS_ADMIN it was not tried. */
  'unprivileged',
  /** The protocol is older than any we speak. */
  'kernel-too-old',
  /** INIT offers no passthrough dialect. */
  'not-offered',
  /** The kernel knows none of the ioctls that go with what it offers. */
  'unknown-ioctl',
  /** The lower file was not taken; the failed check has the errno. */
  'registration-refused',
  'wrong-bytes',
  /** READ or WRITE requests reached the daemon. */
  'served-by-daemon',
  /** The trial did not come to its end. */
  'no-answer',
] as const;
export type TrialReason = (typeof TRIAL_REASONS)[number];

export interface TrialCheck {
  /** `mount`, `open`, or one of {@link DATA_CHECKS}. */
  name: string;
  /** The bytes were right; of `beside-cached`: the kernel did what its dialect does. */
  ok: boolean;
  detail: string;
  /** READ and WRITE requests that reached the daemon meanwhile. */
  requests: number;
  /** Of the open that failed, positive; absent where none did. */
  errno?: number;
  /** The lower file system cannot do it, so that nothing was tried. */
  skipped?: true;
}

/** Words of INIT, as the kernel offered them and as they were answered. */
export interface TrialInit {
  /** The kernel's own. */
  offeredMinor: number;
  offeredFlags: number;
  offeredFlags2: number;
  /** The lower of the kernel's and ours. */
  minor: number;
  flags: number;
  flags2: number;
}

export interface TrialReport {
  /** The kernel offered a dialect in INIT, and we asked for it. */
  requested: boolean;
  /** The kernel accepted a registration under it: the INIT reply has no echo of its own. */
  negotiated: boolean;
  /** Every check passed and no READ or WRITE reached the daemon, but for what `limits` names. */
  proven: boolean;
  /** Undefined where it is proven. */
  reason: TrialReason | undefined;
  /** Undefined where the kernel was not asked. */
  init: TrialInit | undefined;
  dialect: DialectName;
  /** Known and lived with; where nothing is proven, empty or `unprivileged`. */
  limits: DialectLimit[];
  /** Sentences for people. */
  evidence: string[];
  checks: TrialCheck[];
  /** What was measured beside it; undefined where the dialect has nothing to measure, or the trial failed. */
  cost: TrialCost | undefined;
}

/** Medians, microseconds. */
export interface TrialCost {
  /** Registering a lower file and ending that. */
  registration: number;
  /** A request and its answer. */
  request: number;
  /** Reading 1 MiB that is in memory, in pieces of 128 KiB: past the daemon, and through it, less its requests. */
  passthroughMiB: number;
  daemonMiB: number;
}

/** What the client's thread hands back. */
export interface TrialResult {
  checks: TrialCheck[];
  cost: TrialCost | undefined;
}
