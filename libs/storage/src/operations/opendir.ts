import { ERRNO, O, sys } from '@sluice/sys';
import { OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_DIRECTORY } from '../open-files.ts';
import { ACCESS } from '@sluice/policy';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';

/** OPENDIR: a lower descriptor of its own, because reading moves its position. */
export function opendir(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, at, ACCESS.read);
  if (permitted < 0) return permitted;
  const fd = volume.lower.open(at, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  if (fd < 0) return fd;
  volume.lock.acquire();
  const open = volume.openFiles.create(volume.nodes.slotOf(at), OPEN_DIRECTORY, 0, fd);
  volume.lock.release();
  if (open === 0) {
    sys.close(fd);
    return -ERRNO.ENFILE;
  }
  request.zeroPayload(OPEN_OUT.SIZE);
  volume.openFiles.writeHandle(open, request.payloadAt + OPEN_OUT.fh);
  return OPEN_OUT.SIZE;
}
