import { sys } from '@sluice/sys';
import { MKDIR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { newMode } from '../ownership.ts';
import { replyNewEntry, requestDirectory } from '../reply-entry.ts';
import type { Volume } from '../volume.ts';

/** MKDIR. The lower kernel applies the umask, or the directory's default ACL in its place. */
export function mkdir(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = argumentAt + MKDIR_IN.SIZE;
  volume.caller.assume(request, memory.getU32(argumentAt + MKDIR_IN.umask));
  const made = sys.mkdirat(
    directory,
    request.address(nameAt),
    newMode(volume, memory.getU32(argumentAt + MKDIR_IN.mode) & 0o7777, true),
  );
  return made < 0 ? made : replyNewEntry(volume, request, directory, nameAt);
}
