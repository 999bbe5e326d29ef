/** Extended attributes. ACLs are refused: libfuse 2 knows no way to have the kernel check them. */
import { ACCESS, TYPE } from '@sluice/policy';
import { ERRNO, sys } from '@sluice/sys';
import type { FuseOperations } from '../fuse-operations.ts';
import { DECISION_ATTRIBUTE, decisionText } from '../decision-text.ts';
import { permit } from '../path-permissions.ts';
import type { PathVolume } from '../volume.ts';
import { nameText } from '../volume-path.ts';

type ExtendedAttributeOperations = Pick<
  FuseOperations,
  'getxattr' | 'setxattr' | 'listxattr' | 'removexattr'
>;

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h. */
const LARGEST = 65_536;

export function extendedAttributeOperations(volume: PathVolume): ExtendedAttributeOperations {
  const { lower, records } = volume;
  return {
    getxattr(path, name, _position, done) {
      let value = Buffer.alloc(0);
      const { room } = records;
      const code = volume.answerFor('GETXATTR', path, (bytes) => {
        if (isAcl(name)) return -ERRNO.EOPNOTSUPP;
        return onObject(volume, bytes, 0, (fd) => {
          if (name === DECISION_ATTRIBUTE) value = Buffer.from(decisionText(volume, bytes, fd));
          else {
            const at = lower.scratch.bytes(LARGEST);
            const got = sys.getxattr(fd, lower.scratch.string(name), at, LARGEST);
            if (got < 0) return got;
            value = Buffer.from(lower.scratch.bytesAt(at, got));
          }
          return room > 0 && value.length > room ? -ERRNO.ERANGE : 0;
        });
      });
      // Asked for the size alone, the package takes it from a value for which there is no room.
      done(code, value);
    },
    setxattr(path, name, value, _position, flags, done) {
      const code = volume.answerFor('SETXATTR', path, (bytes) => {
        if (isAcl(name)) return -ERRNO.EOPNOTSUPP;
        if (name === DECISION_ATTRIBUTE) return -ERRNO.EPERM;
        if (value.length > LARGEST) return -ERRNO.E2BIG;
        return onObject(volume, bytes, ACCESS.write, (fd) => {
          const { scratch } = lower;
          return sys.setxattr(fd, scratch.string(name), scratch.data(value), value.length, flags);
        });
      });
      done(code);
    },
    listxattr(path, done) {
      let names: string[] = [];
      const { room } = records;
      const code = volume.answerFor('LISTXATTR', path, (bytes) =>
        onObject(volume, bytes, 0, (fd) => {
          const at = lower.scratch.bytes(LARGEST);
          const got = sys.listxattr(fd, at, LARGEST);
          if (got < 0) return got;
          names = shownNames(lower.scratch.bytesAt(at, got));
          const needed = names.reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 0);
          return room > 0 && needed > room ? -ERRNO.ERANGE : 0;
        }),
      );
      done(code, names);
    },
    removexattr(path, name, done) {
      const code = volume.answerFor('REMOVEXATTR', path, (bytes) => {
        if (isAcl(name)) return -ERRNO.EOPNOTSUPP;
        return onObject(volume, bytes, ACCESS.write, (fd) => sys.removexattr(fd, lower.scratch.string(name)));
      });
      done(code);
    },
  };
}

/** What policy allows on what the path names. Of a directory the kernel may ask all the same: its entries are asked about. */
function onObject(volume: PathVolume, path: Uint8Array, asked: number, act: (fd: number) => number): number {
  const { lower, policy } = volume;
  return lower.with(path, (fd) => {
    const at = lower.statOf(fd);
    if (at < 0) return at;
    const type = lower.typeAt(at);
    const permitted =
      type === TYPE.directory && asked === 0 ? 0 : permit(policy, path, type, asked, lower.sizeAt(at));
    return permitted < 0 ? permitted : act(fd);
  });
}

function isAcl(name: string): boolean {
  return name.startsWith('system.posix_acl_');
}

/** Names that anybody may see: the package does not tell whether root asks, who alone sees trusted ones (xattr(7)). */
function shownNames(list: Uint8Array): string[] {
  return (nameText(list) ?? '')
    .split('\0')
    .filter((name) => name !== '' && !name.startsWith('trusted.') && !isAcl(name));
}
