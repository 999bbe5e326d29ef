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
}

export const DEFAULT_FEATURES: VolumeFeatures = { locks: 'lower', acl: true, idmap: false };
