import { ERRNO } from '@sluice/sys';
import { LK_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { openForLocks } from '../locks/open-for-locks.ts';
import type { Volume } from '../volume.ts';

/** GETLK: the first lock, here or on the lower tree, that stands against the one described. */
export function getlk(volume: Volume, request: Request): number {
  if (volume.features.locks !== 'lower') return -ERRNO.ENOSYS;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const out = request.payloadAt + LK_OUT.lk;
  const result = volume.locks.get(volume.nodes.slotOf(at), request.argumentAt, out, () =>
    openForLocks(volume, at, true),
  );
  return result < 0 ? result : LK_OUT.SIZE;
}
