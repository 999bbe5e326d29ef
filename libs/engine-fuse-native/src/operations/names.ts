/** Operations that make, move and remove names. */
import { ACCESS, TYPE } from '@sluice/policy';
import { typeOfMode } from '@sluice/storage';
import { AT, ERRNO, O, sys } from '@sluice/sys';
import type { FuseOperations } from '../fuse-operations.ts';
import { modeOfNew, ownNew } from '../new-objects.ts';
import { permit, permitLink, permitMove, permitNew, permitRemoval } from '../path-permissions.ts';
import type { NamePlace } from '../lower-tree.ts';
import type { PathVolume } from '../volume.ts';
import { lastName, nameText, parentLength } from '../volume-path.ts';

type NameOperations = Pick<
  FuseOperations,
  'mknod' | 'mkdir' | 'symlink' | 'link' | 'rename' | 'unlink' | 'rmdir' | 'readlink'
>;

const TARGET_BYTES = 4096;

export function nameOperations(volume: PathVolume): NameOperations {
  const { lower, policy } = volume;
  return {
    mknod(path, mode, device, done) {
      const make = ({ directory, name }: NamePlace): number =>
        sys.mknodat(directory, name, (mode & 0o170000) | modeOfNew(volume, mode, false), device);
      done(volume.answerFor('MKNOD', path, (bytes) => makeNew(volume, bytes, typeOfMode(mode), make)));
    },
    mkdir(path, mode, done) {
      const make = ({ directory, name }: NamePlace): number =>
        sys.mkdirat(directory, name, modeOfNew(volume, mode, true));
      done(volume.answerFor('MKDIR', path, (bytes) => makeNew(volume, bytes, TYPE.directory, make)));
    },
    symlink(target, path, done) {
      const code = volume.answerForTwo('SYMLINK', `/${target}`, path, (targetBytes, bytes) =>
        makeNew(volume, bytes, TYPE.symlink, ({ directory, name }) =>
          sys.symlinkat(lower.scratch.string(targetBytes), directory, name),
        ),
      );
      done(code);
    },
    link(from, to, done) {
      const code = volume.answerForTwo('LINK', from, to, (source, target) => {
        const type = lower.typeOf(source);
        if (type < 0) return type;
        const permitted = permitLink(policy, source, target, type);
        if (permitted < 0) return permitted;
        return lower.with(source, (fd) =>
          lower.withParent(target, ({ directory, name }) => sys.linkFd(fd, directory, name)),
        );
      });
      done(code);
    },
    rename(from, to, done) {
      done(volume.answerForTwo('RENAME', from, to, (source, target) => move(volume, source, target)));
    },
    unlink(path, done) {
      done(volume.answerFor('UNLINK', path, (bytes) => remove(volume, bytes, 0)));
    },
    rmdir(path, done) {
      done(volume.answerFor('RMDIR', path, (bytes) => remove(volume, bytes, AT.REMOVEDIR)));
    },
    readlink(path, done) {
      let target: string | undefined;
      const code = volume.answerFor('READLINK', path, (bytes) => {
        const permitted = permit(policy, bytes, TYPE.symlink, ACCESS.read, 0);
        if (permitted < 0) return permitted;
        const at = lower.scratch.bytes(TARGET_BYTES);
        const length = lower.with(bytes, (fd) =>
          sys.readlinkat(fd, lower.scratch.string(''), at, TARGET_BYTES),
        );
        if (length < 0) return length;
        target = nameText(lower.scratch.bytesAt(at, length));
        return target === undefined ? -ERRNO.EINVAL : 0;
      });
      done(code, target);
    },
  };
}

/** Makes something that policy lets be there, and gives it to its owner. */
function makeNew(
  volume: PathVolume,
  path: Uint8Array,
  type: number,
  make: (place: NamePlace) => number,
): number {
  const permitted = permitNew(volume.policy, path, type, ACCESS.create);
  if (permitted < 0) return permitted;
  return volume.lower.withParent(path, (place) => {
    const made = make(place);
    if (made < 0) return made;
    const fd = sys.openat(place.directory, place.name, O.PATH | O.NOFOLLOW | O.CLOEXEC, 0);
    if (fd < 0) return fd;
    const owned = ownNew(volume, place.directory, fd);
    sys.close(fd);
    return owned;
  });
}

function move(volume: PathVolume, from: Uint8Array, to: Uint8Array): number {
  const { lower, policy } = volume;
  const type = lower.typeOf(from);
  if (type < 0) return type;
  const putAside = isPutAside(from, to);
  const permitted = putAside
    ? permitRemoval(policy, from, type)
    : permitMove(policy, from, to, type, Math.max(-1, lower.typeOf(to)));
  if (permitted < 0) return permitted;
  const result = lower.withParent(from, (source) =>
    lower.withParent(to, (target) =>
      sys.renameat2(source.directory, source.name, target.directory, target.name, 0),
    ),
  );
  if (result < 0) return result;
  if (putAside) policy.keepRemoved(from, to);
  else {
    policy.forgetRemoved(from);
    policy.forgetRemoved(to);
    if (type === TYPE.directory) policy.moved(from, to);
  }
  return 0;
}

/** As libfuse does with a file that is removed while it is open: it goes on in its directory under this name (fuse.c). */
const ASIDE = /^\.fuse_hidden[0-9a-f]{16,24}$/;

function isPutAside(from: Uint8Array, to: Uint8Array): boolean {
  const length = parentLength(from);
  return (
    length === parentLength(to) &&
    Buffer.compare(from.subarray(0, length), to.subarray(0, length)) === 0 &&
    ASIDE.test(Buffer.from(lastName(to)).toString('latin1'))
  );
}

function remove(volume: PathVolume, path: Uint8Array, flags: number): number {
  const { lower, policy } = volume;
  const type = lower.typeOf(path);
  if (type < 0) return type;
  const permitted = permitRemoval(policy, path, type);
  if (permitted < 0) return permitted;
  const result = lower.withParent(path, ({ directory, name }) => sys.unlinkat(directory, name, flags));
  if (result >= 0) policy.forgetRemoved(path);
  return result;
}
