/** Operations on what a path names: its attributes, and the file system's. */
import { ACCESS } from '@sluice/policy';
import { ERRNO, sys } from '@sluice/sys';
import { STATFS_OUT } from '@sluice/wire';
import { attributesAt, fileSystemFactsAt } from '../attributes.ts';
import type { Attributes, DoneWith, FileSystemFacts, FuseOperations } from '../fuse-operations.ts';
import { permit } from '../path-permissions.ts';
import type { PathVolume } from '../volume.ts';

type AttributeOperations = Pick<
  FuseOperations,
  'getattr' | 'fgetattr' | 'statfs' | 'chmod' | 'chown' | 'truncate' | 'utimens'
>;

export function attributeOperations(volume: PathVolume): AttributeOperations {
  const { lower } = volume;
  const isFixed = volume.features.ownership !== undefined;
  const show = (path: string, handle: number, done: DoneWith<Attributes>): void => {
    let attributes: Attributes | undefined;
    const code = volume.answerFor('GETATTR', path, (bytes) => {
      const file = volume.files.find(handle);
      // Its path may name another one by now, or nothing.
      const at = file === undefined ? lower.stat(bytes) : lower.statOf(file.fd);
      if (at < 0) return at;
      const permitted =
        file === undefined ? permit(volume.policy, bytes, lower.typeAt(at), 0, lower.sizeAt(at)) : 0;
      if (permitted < 0) return permitted;
      attributes = attributesAt(lower.scratch, at, volume.features.ownership);
      return 0;
    });
    done(code, attributes);
  };
  return {
    // libfuse asks this for a LOOKUP as well.
    getattr: (path, done) => {
      show(path, volume.records.handle, done);
    },
    fgetattr: show,
    statfs(_path, done) {
      let facts: FileSystemFacts | undefined;
      const code = volume.answer('STATFS', () => {
        const at = lower.scratch.bytes(STATFS_OUT.SIZE);
        const result = sys.statfs(volume.rootFd, at);
        if (result >= 0) facts = fileSystemFactsAt(lower.scratch, at);
        return result;
      });
      done(code, facts);
    },
    chmod: (path, mode, done) => {
      done(change(volume, path, (fd) => (isFixed ? 0 : sys.chmodFd(fd, mode & 0o7777))));
    },
    chown: (path, uid, gid, done) => {
      // -1 comes as a number of 32 bits: unchanged.
      done(change(volume, path, (fd) => (isFixed ? 0 : sys.chownFd(fd, uid | 0, gid | 0))));
    },
    truncate: (path, size, done) => {
      done(
        change(volume, path, (fd) =>
          Number.isSafeInteger(size) ? sys.truncateFd(fd, lower.scratch.u64(BigInt(size))) : -ERRNO.EFBIG,
        ),
      );
    },
    utimens: (path, accessedMs, modifiedMs, done) => {
      const { hasModified } = volume.records;
      done(
        change(volume, path, (fd) =>
          hasModified ? sys.utimesFd(fd, timesOf(volume, accessedMs, modifiedMs)) : -ERRNO.EOPNOTSUPP,
        ),
      );
    },
  };
}

/** SETATTR of what policy lets be written to. */
function change(volume: PathVolume, path: string, act: (fd: number) => number): number {
  const { lower } = volume;
  return volume.answerFor('SETATTR', path, (bytes) =>
    lower.with(bytes, (fd) => {
      const at = lower.statOf(fd);
      if (at < 0) return at;
      const permitted = permit(volume.policy, bytes, lower.typeAt(at), ACCESS.write, lower.sizeAt(at));
      return permitted < 0 ? permitted : act(fd);
    }),
  );
}

/** Two `struct timespec`, milliseconds since 1970. */
function timesOf({ lower: { scratch } }: PathVolume, ...times: [number, number]): number {
  const at = scratch.bytes(32);
  times.forEach((ms, index) => {
    const offset = at - scratch.base + index * 16;
    scratch.view.setBigInt64(offset, BigInt(Math.floor(ms / 1000)), true);
    scratch.view.setBigInt64(offset + 8, BigInt(Math.floor(ms % 1000)) * 1_000_000n, true);
  });
  return at;
}
