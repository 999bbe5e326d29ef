import { S, sys } from '@sluice/sys';
import { MKNOD_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { newMode } from '../ownership.ts';
import { replyNewEntry, requestDirectory } from '../reply-entry.ts';
import { ACCESS } from '@sluice/policy';
import { typeOfMode } from '../decisions.ts';
import { permitNew } from '../permissions.ts';
import { nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** MKNOD: FIFOs, sockets, devices, and regular files where the kernel does not use CREATE. */
export function mknod(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  const nameAt = argumentAt + MKNOD_IN.SIZE;
  const asked = memory.getU32(argumentAt + MKNOD_IN.mode);
  const mode = (asked & S.IFMT) | newMode(volume, asked & ~S.IFMT, false);
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const permitted = permitNew(volume, request, parentAt, nameAt, length, typeOfMode(mode), ACCESS.create);
  if (permitted < 0) return permitted;
  const assumed = volume.caller.assume(request, memory.getU32(argumentAt + MKNOD_IN.umask));
  if (assumed < 0) return assumed;
  // The wire's 32-bit device number is what mknodat(2) takes (new_encode_dev, linux/kdev_t.h).
  const made = sys.mknodat(
    directory,
    request.address(nameAt),
    mode,
    memory.getU32(argumentAt + MKNOD_IN.rdev),
  );
  return made < 0 ? made : replyNewEntry(volume, request, directory, nameAt);
}
