/** What supervisor and volume server say to each other over their IPC channel. Plain data, one object per message. */
import type { TrialReport } from '@sluice/session';
import type { ExplainResult, StorageGeometry, VolumeFeatures } from '@sluice/storage';

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
}

export type ToServer =
  | { type: 'start'; options: ServerOptions }
  /** The volume is mounted: read requests. */
  | { type: 'serve' }
  | { type: 'switch-policy'; id: number }
  | { type: 'explain'; id: number; path: string; access: number; size?: number };

export type FromServer =
  | {
      type: 'prepared';
      proof: TrialReport;
      reopenBy: 'file-handle' | 'name';
      reopenBecause: string;
      acl: boolean;
    }
  | { type: 'failed'; reason: string }
  | { type: 'policy-switched'; id: number; epoch: number }
  | { type: 'explained'; id: number; result: ExplainResult }
  | { type: 'not-explained'; id: number; reason: string }
  | { type: 'fault'; opcode: number; error: string }
  /** The connection ended and all workers with it. */
  | { type: 'ended'; reasons: string[] };
