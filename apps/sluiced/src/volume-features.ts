import type { StorageOptions } from '@sluice/control';
import { ANDROID_OWNERSHIP } from '@sluice/storage';
import type { VolumeFeatures } from '@sluice/storage';

/** What the volume's options ask of the serving path. ACLs are left out later where the lower file system keeps none. */
export function volumeFeatures({ locks, acl, idmap, ownership }: StorageOptions): VolumeFeatures {
  const isFixed = ownership === 'android';
  // An ACL would grant what a fixed mode does not show.
  return { locks, acl: acl && !isFixed, idmap, ownership: isFixed ? ANDROID_OWNERSHIP : undefined };
}
