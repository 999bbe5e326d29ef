import { sys } from '@sluice/sys';
import { STATFS_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** STATFS: of the lower file system. */
export function statfs(volume: Volume, request: Request): number {
  const result = sys.statfs(volume.lower.rootFd, request.address(request.payloadAt));
  return result < 0 ? result : STATFS_OUT.SIZE;
}
