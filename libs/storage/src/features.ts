/** What a volume does beyond serving files: chosen by its options, settled before the first request. */
export interface VolumeFeatures {
  /**
   * `lower`: locks are set on the lower files, where programs that use the lower tree see them. `local`: they are the
   * mount's own, and closing a file sends one request less.
   */
  locks: 'lower' | 'local';
  /** POSIX ACLs are checked by the kernel. Needs a lower file system that keeps them. */
  acl: boolean;
  /** The mount may be idmapped. The kernel then says who calls only where something is created. */
  idmap: boolean;
  /** Who owns what is shown and made; undefined: whoever owns it below, and the caller. */
  ownership: FixedOwnership | undefined;
}

/** Everything belongs to one owner and has one of two modes, whatever it has below: chmod and chown change nothing. */
export interface FixedOwnership {
  uid: number;
  gid: number;
  /** Permission bits of directories, and of everything else. */
  directoryMode: number;
  fileMode: number;
}

/**
 * As the lower tree of shared storage is kept: media_rw alone, with its group (AOSP: android_filesystem_config.h, and
 * vold's PrepareDir of /data/media).
 */
export const ANDROID_OWNERSHIP: FixedOwnership = {
  uid: 1023,
  gid: 1023,
  directoryMode: 0o770,
  fileMode: 0o660,
};

export const DEFAULT_FEATURES: VolumeFeatures = {
  locks: 'lower',
  acl: true,
  idmap: false,
  ownership: undefined,
};
