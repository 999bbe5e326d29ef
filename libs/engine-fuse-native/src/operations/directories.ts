/** Listing directories. libfuse keeps a listing for as long as the directory is open. */
import { ACCESS, ACTION, TYPE, decisionAction } from '@sluice/policy';
import { typeOfMode } from '@sluice/storage';
import { O, sys } from '@sluice/sys';
import { foldIno } from '../attributes.ts';
import type { EntryAttributes, FuseOperations } from '../fuse-operations.ts';
import { permit } from '../path-permissions.ts';
import type { PathVolume } from '../volume.ts';
import { nameText } from '../volume-path.ts';

const BUFFER_BYTES = 64 * 1024;
/** Offsets in a linux_dirent64. */
const DIRENT = { ino: 0, length: 16, type: 18, name: 19 } as const;
const EVERY_TYPE = Object.values(TYPE);

export function directoryOperations(volume: PathVolume): Pick<FuseOperations, 'opendir' | 'readdir'> {
  const { lower, policy } = volume;
  return {
    opendir(path, _flags, done) {
      const code = volume.answerFor('OPENDIR', path, (bytes) => {
        const type = lower.typeOf(bytes);
        return type < 0 ? type : permit(policy, bytes, type, ACCESS.read, 0);
      });
      done(code, 0);
    },
    readdir(path, done) {
      const names: string[] = [];
      const entries: EntryAttributes[] = [];
      const code = volume.answerFor('READDIR', path, (bytes) => {
        const permitted = permit(policy, bytes, TYPE.directory, ACCESS.read, 0);
        if (permitted < 0) return permitted;
        const fd = lower.openFor(bytes, O.RDONLY | O.DIRECTORY);
        if (fd < 0) return fd;
        const result = list(volume, fd, (name, ino, type) => {
          const text = nameText(name);
          if (text === undefined || isHidden(volume, bytes, name, type)) return;
          names.push(text);
          entries.push({ mode: type << 12, ino });
        });
        sys.close(fd);
        return result;
      });
      done(code, names, entries);
    },
  };
}

/** Calls `take` with each entry, its inode number in 32 bits and its DT type. 0 or -errno. */
function list(
  { lower: { scratch } }: PathVolume,
  fd: number,
  take: (name: Uint8Array, ino: number, type: number) => void,
): number {
  const buffer = scratch.bytes(BUFFER_BYTES);
  const start = buffer - scratch.base;
  for (;;) {
    const got = sys.getdents64(fd, buffer, BUFFER_BYTES);
    if (got <= 0) return got;
    for (let at = start; at < start + got;) {
      const end = at + scratch.view.getUint16(at + DIRENT.length, true);
      const name = scratch.octets.subarray(at + DIRENT.name, end);
      const ino = foldIno(scratch.view.getBigUint64(at + DIRENT.ino, true));
      take(name.subarray(0, name.indexOf(0)), ino, scratch.octets[at + DIRENT.type] ?? 0);
      at = end;
    }
  }
}

/** Where the lower file system gives no type: whether a name of some type is hidden. */
function isHidden({ policy }: PathVolume, directory: Uint8Array, name: Uint8Array, type: number): boolean {
  if (!policy.image.guards || isDots(name)) return false;
  const path = directory.length === 0 ? name : Buffer.concat([directory, SLASH, name]);
  const types = type === 0 ? EVERY_TYPE : [typeOfMode(type << 12)];
  return types.some((each) => decisionAction(policy.decide(path, each, 0, 0)) === ACTION.hide);
}

const SLASH = new Uint8Array([0x2f]);

function isDots(name: Uint8Array): boolean {
  return name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
}
