/** What a volume's mount is to be like, whoever makes it. */
export interface MountOptions {
  /** Shown as the source in /proc/mounts. */
  name: string;
  mountPoint: string;
  allowOther: boolean;
  /** The kernel checks modes and owners; without it every access is ours to judge. */
  defaultPermissions: boolean;
  /** Set-id bits and device files count, which they do not by default. */
  suid?: boolean;
  dev?: boolean;
}

export class MountError extends Error {
  readonly errno: number;
  constructor(errno: number, message: string) {
    super(message);
    this.name = 'MountError';
    this.errno = errno;
  }
}
