import { ERRNO, O, sys } from '@sluice/sys';
import { LINK_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { replyEntry, requestDirectory } from '../reply-entry.ts';
import { permitLink } from '../permissions.ts';
import { nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** LINK: another name for a node. */
export function link(volume: Volume, request: Request): number {
  const at = volume.nodeAt(request.argumentAt + LINK_IN.oldnodeid);
  if (at === 0) return -ERRNO.ESTALE;
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = request.argumentAt + LINK_IN.SIZE;
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const permitted = permitLink(volume, request, at, { directory, parentAt, nameAt, length });
  if (permitted < 0) return permitted;
  const fd = volume.lower.open(at, O.PATH | O.NOFOLLOW);
  if (fd < 0) return fd;
  const made = sys.linkFd(fd, directory, request.address(nameAt));
  sys.close(fd);
  return made < 0 ? made : replyEntry(volume, request, directory, nameAt);
}
