import { AT, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { keepRemoved, openToRemove } from '../removed-object.ts';
import { requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import { permitRemoval } from '../permissions.ts';
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
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const permitted = permitRemoval(volume, request, directory, parentAt, nameAt, length);
  if (permitted < 0) return permitted;
  const fd = openToRemove(request, directory, nameAt);
  const result = sys.unlinkat(directory, request.address(nameAt), flags);
  keepRemoved(volume, request, fd, result === 0, parentAt, nameAt, length);
  return result;
}
