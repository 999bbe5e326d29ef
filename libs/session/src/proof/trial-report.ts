/** What a trial mount found out, check by check, and the name both of its sides know the file by. */
import type { DialectName } from '../dialects/dialect.ts';
import type { SessionGeometry } from '../memory.ts';

export const TRIAL_FILE = 'file';
/** The same lower file, served by the daemon whatever the kernel offers: what passing it through saves is measured by it. */
export const TRIAL_SERVED_FILE = 'served';

/** Values of HEADER.trialMount: the server may not read from the device before it is mounted (EPERM). */
export const TRIAL_MOUNTED = 1;
export const TRIAL_NOT_MOUNTED = 2;

export const TRIAL_GEOMETRY: SessionGeometry = { workers: 1, storageBytes: 0 };

export interface TrialCheck {
  /** `write`, `read`, `append`, `mmap`, `mount`. */
  name: string;
  ok: boolean;
  detail: string;
}

export interface TrialReport {
  /** The kernel offered a dialect in INIT, and we asked for it. */
  requested: boolean;
  /** The kernel accepted a registration under it: the INIT reply has no echo of its own. */
  negotiated: boolean;
  /** Every check passed and no READ or WRITE reached the daemon. */
  proven: boolean;
  dialect: DialectName;
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
  /** READ and WRITE requests that reached the daemon during the checks. */
  reads: number;
  writes: number;
  cost: TrialCost | undefined;
}
