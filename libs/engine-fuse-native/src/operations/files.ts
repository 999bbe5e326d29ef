/** Operations on open files. All of them are served: the package knows neither passthrough nor direct I/O of single files. */
import { dialectByName } from '@sluice/session';
import { writeSync } from 'node:fs';
import { ACCESS, ACTION, TYPE, decisionAction } from '@sluice/policy';
import { COUNTER, MODE, OPEN_REASON, askedOf, chooseMode, readCosts, settleAction } from '@sluice/storage';
import { ERRNO, O, sys } from '@sluice/sys';
import { errnoOf } from '../data-errors.ts';
import type { FuseOperations } from '../fuse-operations.ts';
import { modeOfNew, ownNew } from '../new-objects.ts';
import { permitNew } from '../path-permissions.ts';
import { RedactedRanges, readInto } from '../redacted-reads.ts';
import type { PathVolume } from '../volume.ts';

type FileOperations = Pick<
  FuseOperations,
  'open' | 'create' | 'read' | 'write' | 'release' | 'fsync' | 'fsyncdir' | 'ftruncate'
>;

/**
 * What of open(2)'s flags reaches the lower file. Not O_APPEND: pages of a mapping are written back by way of the handle
 * that they were mapped by, or another one that is mapped; the package does not tell them from other writes, and Linux
 * appends whatever the position is (pwrite(2)). What is to be appended comes with its position as well.
 */
const LOWER_FLAGS = O.ACCMODE | O.SYNC | O.DSYNC | O.NOATIME;

export function fileOperations(volume: PathVolume): FileOperations {
  const { lower, counters } = volume;
  const withFile = (handle: number, act: (fd: number) => number): number => {
    const file = volume.files.find(handle);
    return file === undefined ? -ERRNO.EBADF : act(file.fd);
  };
  return {
    open(path, flags, done) {
      let handle = 0;
      const code = volume.answerFor('OPEN', path, (bytes) => {
        const fd = lower.openFor(bytes, flags & LOWER_FLAGS);
        handle = fd < 0 ? fd : admit(volume, bytes, fd, askedOf(flags), false);
        return failed(volume, handle);
      });
      done(code, Math.max(0, handle));
    },
    create(path, mode, done) {
      let handle = 0;
      const code = volume.answerFor('CREATE', path, (bytes) => {
        handle = makeFile(volume, bytes, mode);
        return failed(volume, handle);
      });
      done(code, Math.max(0, handle));
    },
    read(_path, handle, buffer, length, position, done) {
      const code = volume.answer('READ', () => {
        const file = volume.files.find(handle);
        if (file === undefined) return -ERRNO.EBADF;
        const { fd, redacted } = file;
        return redacted === undefined
          ? readInto(fd, buffer, length, position)
          : volume.redactedReads.read(fd, redacted, buffer, length, position);
      });
      if (code > 0) counters.add(COUNTER.bytesRead, code);
      done(code);
    },
    write(_path, handle, buffer, length, position, done) {
      const code = volume.answer('WRITE', () =>
        withFile(handle, (fd) => writeFrom(fd, buffer, length, position)),
      );
      if (code > 0) counters.add(COUNTER.bytesWritten, code);
      done(code);
    },
    release(_path, handle, done) {
      const code = volume.answer('RELEASE', () => {
        const file = volume.removeFile(handle);
        return file === undefined ? -ERRNO.EBADF : sys.close(file.fd);
      });
      done(code);
    },
    fsync(_path, dataOnly, handle, done) {
      const flush = (fd: number): number => (dataOnly === 0 ? sys.fsync(fd) : sys.fdatasync(fd));
      done(volume.answer('FSYNC', () => withFile(handle, flush)));
    },
    fsyncdir(path, _dataOnly, _handle, done) {
      const code = volume.answerFor('FSYNCDIR', path, (bytes) => {
        const fd = lower.openFor(bytes, O.RDONLY | O.DIRECTORY);
        if (fd < 0) return fd;
        const result = sys.fsync(fd);
        sys.close(fd);
        return result;
      });
      done(code);
    },
    ftruncate(_path, handle, size, done) {
      const code = volume.answer('SETATTR', () =>
        withFile(handle, (fd) =>
          Number.isSafeInteger(size) ? sys.ftruncate(fd, lower.scratch.u64(BigInt(size))) : -ERRNO.EFBIG,
        ),
      );
      done(code);
    },
  };
}

/** A count of the failed open where it is one. 0 or -errno. */
function failed(volume: PathVolume, handle: number): number {
  if (handle >= 0) return 0;
  volume.counters.add(COUNTER.opensFailed, 1);
  return handle;
}

/** The handle of a file that policy lets be opened, or -errno. `fd` is taken over. */
function admit(volume: PathVolume, path: Uint8Array, fd: number, asked: number, made: boolean): number {
  const handle = decide(volume, path, fd, asked, made);
  if (handle < 0) sys.close(fd);
  return handle;
}

function decide(volume: PathVolume, path: Uint8Array, fd: number, asked: number, made: boolean): number {
  const { lower, policy, memory, counters } = volume;
  const at = lower.statOf(fd);
  if (at < 0) return at;
  // Its name was another object's a moment ago.
  if (!lower.isRegularAt(at)) return -ERRNO.ESTALE;
  const size = made ? 0 : lower.sizeAt(at);
  const decision = policy.decide(path, TYPE.file, asked, size);
  const action = decisionAction(decision);
  if (!made) {
    if (action === ACTION.hide) return -ERRNO.ENOENT;
    if (action === ACTION.deny) return -policy.image.ruleErrno(decision);
    if (action === ACTION.redact && (asked & ACCESS.write) !== 0) return -ERRNO.EACCES;
  }
  const redacted = action === ACTION.redact && !made ? new RedactedRanges() : undefined;
  const handle = volume.addFile({ fd, redacted });
  if (handle === 0) return -ERRNO.ENFILE;
  const wanted = settleAction(readCosts(memory), decision, asked, size, false, 0);
  const chosen = chooseMode(dialectByName('none'), wanted & 15, wanted >>> 4, 0, 0, 0);
  // What should be direct is cached here: libfuse 2 has it for whole mounts only.
  counters.add(COUNTER.opensCached, 1);
  const reason = (chosen & 15) === MODE.direct ? OPEN_REASON.rule : chosen >>> 4;
  counters.add(COUNTER.openReasons + reason, 1);
  return handle;
}

/** The handle of a new file, open for reading and writing: the package does not tell how it was to be opened. */
function makeFile(volume: PathVolume, path: Uint8Array, mode: number): number {
  const asked = ACCESS.write | ACCESS.create;
  const permitted = permitNew(volume.policy, path, TYPE.file, asked);
  if (permitted < 0) return permitted;
  return volume.lower.withParent(path, ({ directory, name }) => {
    const flags = O.RDWR | O.NOFOLLOW | O.CLOEXEC | O.LARGEFILE;
    let fd = sys.openat(directory, name, flags | O.CREAT | O.EXCL, modeOfNew(volume, mode, false));
    const made = fd >= 0;
    if (made) {
      const owned = ownNew(volume, directory, fd);
      if (owned < 0) {
        sys.close(fd);
        return owned;
      }
    } else if (fd === -ERRNO.EEXIST) {
      // Somebody below was faster. O_NONBLOCK: it may be a FIFO.
      fd = sys.openat(directory, name, flags | O.NONBLOCK, 0);
    }
    return fd < 0 ? fd : admit(volume, path, fd, asked, made);
  });
}

/** As for reading: libfuse's buffer lies in no arena of ours, and not every position is a number. */
function writeFrom(fd: number, buffer: Buffer, length: number, position: number): number {
  if (!Number.isSafeInteger(position)) return -ERRNO.EFBIG;
  try {
    return writeSync(fd, buffer, 0, length, position);
  } catch (error) {
    return errnoOf(error);
  }
}
