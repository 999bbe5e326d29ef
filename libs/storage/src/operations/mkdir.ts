import { sys } from '@sluice/sys';
import { MKDIR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { newMode } from '../ownership.ts';
import { replyNewEntry, requestDirectory } from '../reply-entry.ts';
import { ACCESS, TYPE } from '@sluice/policy';
import { permitNew } from '../permissions.ts';
import { nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** MKDIR. The lower kernel applies the umask, or the directory's default ACL in its place. */
export function mkdir(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = argumentAt + MKDIR_IN.SIZE;
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const permitted = permitNew(volume, request, parentAt, nameAt, length, TYPE.directory, ACCESS.create);
  if (permitted < 0) return permitted;
  const assumed = volume.caller.assume(request, memory.getU32(argumentAt + MKDIR_IN.umask));
  if (assumed < 0) return assumed;
  const made = sys.mkdirat(
    directory,
    request.address(nameAt),
    newMode(volume, memory.getU32(argumentAt + MKDIR_IN.mode) & 0o7777, true),
  );
  return made < 0 ? made : replyNewEntry(volume, request, directory, nameAt);
}
