import { sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import type { Volume } from '../volume.ts';

/** SYNCFS: the lower file system. Kernels send it only on connections that asked for it in ways of their own. */
export function syncfs(volume: Volume, request: Request): number {
  request.handOver();
  return sys.syncfs(volume.lower.rootFd);
}
