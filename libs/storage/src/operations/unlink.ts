import { AT, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { keepRemoved, openToRemove } from '../removed-object.ts';
import { requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** UNLINK. The node stays for whoever uses it. */
export function unlink(volume: Volume, request: Request): number {
  return remove(volume, request, 0);
}

/** RMDIR. */
export function rmdir(volume: Volume, request: Request): number {
  return remove(volume, request, AT.REMOVEDIR);
}

function remove(volume: Volume, request: Request, flags: number): number {
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = nameBehindHeader(request);
  const fd = openToRemove(request, directory, nameAt);
  const result = sys.unlinkat(directory, request.address(nameAt), flags);
  keepRemoved(volume, request, fd, result === 0);
  return result;
}
