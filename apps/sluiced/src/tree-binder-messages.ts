/** What the supervisor asks of the process that touches a volume's mount, and its answers. */

/** The descriptor of the source it is born with, after stdio and the IPC channel. */
export const BINDER_ROOT_FD = 4;

export type BinderTask =
  | {
      type: 'trees';
      mountPoint: string;
      /** Number of the volume's mount: whatever else is mounted there by now is left alone. */
      mountId: number;
      /** Flags of mount(2) for a bind, where it needs others than it gets by itself; 0: it does not. */
      flags: number;
      /** Removed before others are made. */
      unbind: readonly string[];
      /** With files open on them, too. */
      lazily: boolean;
      bind: readonly string[];
    }
  /** Which of these are directories of the source. */
  | { type: 'look'; paths: readonly string[] }
  /** Whether somebody serves what is mounted there. */
  | { type: 'probe'; mountPoint: string };

export type BinderAnswer =
  /** One thing done, or not: `result` is 0 or -errno of `step`. */
  | { type: 'bound' | 'unbound'; path: string; result: number; step: BinderStep }
  /** 0 or -errno of opening the directory. */
  | { type: 'looked'; path: string; result: number }
  /** 0 or -errno of asking the file system at the mount point. */
  | { type: 'probed'; result: number }
  | { type: 'done' };

export type BinderStep = 'mount point' | 'lower directory' | 'volume directory' | 'same directory' | 'mount';
