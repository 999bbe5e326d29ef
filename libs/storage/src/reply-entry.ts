/** What LOOKUP, MKDIR, MKNOD, SYMLINK and LINK share: a directory to act in, and an entry as the answer. */
import { ERRNO } from '@sluice/sys';
import { ENTRY_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { ADMIT } from './admit-name.ts';
import { enterByHandle, enterName } from './entry.ts';
import { nameLength } from './volume.ts';
import type { Volume } from './volume.ts';

const DOT = 0x2e;

/** A descriptor of the directory that the request is about, or -errno. */
export function requestDirectory(volume: Volume, request: Request): number {
  const at = volume.node(request);
  return at === 0 ? -ERRNO.ESTALE : volume.lower.directory(at);
}

/** Answers with the entry of the name at `nameAt` beneath the request's directory, open as `directory`. */
export function replyEntry(volume: Volume, request: Request, directory: number, nameAt: number): number {
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const result = enterName(volume, request, parentAt, directory, nameAt, length, request.payloadAt);
  return result < 0 ? result : ENTRY_OUT.SIZE;
}

/** The same for a name that the request has just made. */
export function replyNewEntry(volume: Volume, request: Request, directory: number, nameAt: number): number {
  const parentAt = volume.node(request);
  const length = nameLength(request, nameAt);
  const result = enterByHandle(
    volume,
    request,
    parentAt,
    directory,
    nameAt,
    length,
    request.payloadAt,
    ADMIT.own,
  );
  return result < 0 ? result : ENTRY_OUT.SIZE;
}

/** Whether the `length` bytes at `at` are "." or "..". */
export function isDotOrDotDot(request: Request, at: number, length: number): boolean {
  const { u8 } = request.memory;
  return length <= 2 && u8[at] === DOT && (length === 1 || u8[at + 1] === DOT);
}
