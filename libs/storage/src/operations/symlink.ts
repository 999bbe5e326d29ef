import { sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { replyNewEntry, requestDirectory } from '../reply-entry.ts';
import { ACCESS, TYPE } from '@sluice/policy';
import { permitNew } from '../permissions.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** SYMLINK: the new name, then the target. The target is the app's text: it is stored, never resolved here. */
export function symlink(volume: Volume, request: Request): number {
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = nameBehindHeader(request);
  const targetAt = nameAt + nameLength(request, nameAt) + 1;
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const permitted = permitNew(volume, request, parentAt, nameAt, length, TYPE.symlink, ACCESS.create);
  if (permitted < 0) return permitted;
  const assumed = volume.caller.assume(request, 0);
  if (assumed < 0) return assumed;
  const made = sys.symlinkat(request.address(targetAt), directory, request.address(nameAt));
  return made < 0 ? made : replyNewEntry(volume, request, directory, nameAt);
}
