/** What supervisor and volume server say to each other over their IPC channel. Plain data, one object per message. */
import type { PlayedAnswers, TrialCost, TrialReport } from '@sluice/session';
import type {
  ExplainQuery,
  ExplainResult,
  PolicyChangeFound,
  StorageGeometry,
  TracedEvent,
  VolumeFeatures,
} from '@sluice/storage';

/** Descriptors the volume server is born with, after stdio and the IPC channel. */
export const INHERITED_FD = { device: 4, memory: 5, root: 6 } as const;

export interface ServerOptions {
  name: string;
  source: string;
  mountPoint: string;
  /** Empty directories for the trial's scratch mount are made here. */
  scratchDirectory: string;
  workers: number;
  geometry: StorageGeometry;
  timeoutSeconds: number;
  /** As wished: ACLs are left out where the lower file system keeps none. */
  features: VolumeFeatures;
  /** Set-id bits and device files count. Of use to a server that mounts by itself. */
  suid: boolean;
  dev: boolean;
  /** What passing through costs on this kernel, if it was measured before. */
  knownCost: TrialCost | undefined;
  /** The program that has mounted the volume for want of CAP_SYS_ADMIN; without it: the daemon mounts it. */
  mountedBy?: string | undefined;
  /** Tests alone say this: what the kernel seems to answer. */
  played?: PlayedAnswers;
}

export type ToServer =
  | { type: 'start'; options: ServerOptions }
  /** The volume is mounted: read requests. To the engine fuse-native: mount it. */
  | { type: 'serve' }
  /** To the engine fuse-native, which is not told by libfuse: the volume is not mounted any more. */
  | { type: 'unmounted' }
  | { type: 'switch-policy'; id: number }
  /**
   * Compare the policy in force: with the one before it, which it has just replaced (`switched`: and make the kernel forget
   * what that calls for), or with the one written into the other area.
   */
  | { type: 'compare-policies'; id: number; switched: boolean }
  | { type: 'explain'; id: number; query: ExplainQuery }
  | { type: 'start-trace'; id: number }
  | { type: 'stop-trace'; id: number };

export type FromServer =
  | {
      type: 'prepared';
      proof: TrialReport;
      reopenBy: 'file-handle' | 'name';
      reopenBecause: string;
      acl: boolean;
      /** Objects can be created as any caller. */
      makesForOthers: boolean;
    }
  | { type: 'failed'; reason: string }
  /** By the engine fuse-native. */
  | { type: 'mounted' }
  | { type: 'policy-switched'; id: number; epoch: number }
  | { type: 'policies-compared'; id: number; found: PolicyChangeFound }
  | { type: 'explained'; id: number; result: ExplainResult }
  /** What was asked for could not be done. */
  | { type: 'refused'; id: number; reason: string }
  | { type: 'trace-started'; id: number }
  | { type: 'traced'; events: TracedEvent[] }
  /** Behind the last events. */
  | { type: 'trace-stopped'; id: number; dropped: number }
  /** A `tree` directory is known now, or (`moved`) a directory has this path now. Relative to the volume. */
  | { type: 'tree'; path: string; moved: boolean }
  | { type: 'fault'; opcode: number; error: string }
  /** The connection ended and all workers with it. */
  | { type: 'ended'; reasons: string[] };
