import { ERRNO, O, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { ACCESS } from '@sluice/policy';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';

const LONGEST_TARGET = 4095;

/** READLINK. A link's text never changes, so the kernel may keep it (CACHE_SYMLINKS). */
export function readlink(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, at, ACCESS.read);
  if (permitted < 0) return permitted;
  const fd = volume.lower.open(at, O.PATH | O.NOFOLLOW);
  if (fd < 0) return fd;
  const result = sys.readlinkat(fd, volume.emptyPath, request.address(request.payloadAt), LONGEST_TARGET);
  sys.close(fd);
  return result;
}
