import type { StorageOptions } from '@sluice/control';
import { ANDROID_OWNERSHIP } from '@sluice/storage';
import type { VolumeFeatures } from '@sluice/storage';

/** What the volume's options ask of the serving path. ACLs are left out later where the lower file system keeps none. */
export function volumeFeatures({ engine, locks, acl, idmap, ownership }: StorageOptions): VolumeFeatures {
  const isFixed = ownership === 'android';
  // An ACL would grant what a fixed mode does not show.
  const fixed = isFixed ? ANDROID_OWNERSHIP : undefined;
  // libfuse 2 has the kernel keep locks to the mount, and check no ACLs.
  if (engine === 'fuse-native') return { locks: 'local', acl: false, idmap: false, ownership: fixed };
  return { locks, acl: acl && !isFixed, idmap, ownership: fixed };
}
