import { ERRNO } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { isDotOrDotDot, replyEntry, requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/**
 * LOOKUP: a name beneath a directory. Known objects cost one statx.
 *
 * The kernel looks "." and ".." up only where EXPORT_SUPPORT was taken, which it is not: of the root, ".." would be outside
 * the volume's source.
 */
export function lookup(volume: Volume, request: Request): number {
  const nameAt = nameBehindHeader(request);
  if (isDotOrDotDot(request, nameAt, nameLength(request, nameAt))) return -ERRNO.EINVAL;
  const directory = requestDirectory(volume, request);
  return directory < 0 ? directory : replyEntry(volume, request, directory, nameAt);
}
