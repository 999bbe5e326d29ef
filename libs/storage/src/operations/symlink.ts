import { sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { replyNewEntry, requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** SYMLINK: the new name, then the target. The target is the app's text: it is stored, never resolved here. */
export function symlink(volume: Volume, request: Request): number {
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = nameBehindHeader(request);
  const targetAt = nameAt + nameLength(request, nameAt) + 1;
  volume.caller.assume(request, 0);
  const made = sys.symlinkat(request.address(targetAt), directory, request.address(nameAt));
  return made < 0 ? made : replyNewEntry(volume, request, directory, nameAt);
}
