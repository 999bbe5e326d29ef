/** The lower directory: on which file system it lies, on what that one lies, and what it can do for a volume. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import type { Mount, ProbeReport } from '@sluice/session';
import { keepsAcl, namesFold, tryHandles } from '@sluice/storage';
import { AT, LOWER_STAT, O, STATX, Scratch, errnoName, sys } from '@sluice/sys';
import { attempt } from './attempt.ts';
import { stackOf } from './stack-layers.ts';

type SourceObserved = Omit<ProbeReport['source'], 'path'>;

/** Throws an Error, in a sentence, where it cannot be opened. */
export function observeSource(path: string, mounts: readonly Mount[]): SourceObserved {
  const fd = sys.openPath(path, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  if (fd < 0) throw new Error(`the source ${path} cannot be opened (${errnoName(fd)}): name a directory`);
  try {
    const mount = mountOf(fd, mounts);
    const { named, opened } = tryHandles(fd);
    return {
      fileSystem: {
        type: mount?.type ?? 'unknown',
        magic: `0x${(statfsSync(`/proc/self/fd/${fd}`).type >>> 0).toString(16)}`,
        readOnly: [...(mount?.options ?? []), ...(mount?.superOptions ?? [])].includes('ro'),
      },
      stack: mount === undefined ? { layers: [], depth: null } : stackOf(mount, mounts, existsSync),
      nameless: attempt(nameless(path)),
      nameToHandle: attempt(named),
      openByHandle: opened === undefined ? null : attempt(opened),
      birthTime: hasBirthTime(fd),
      foldsNames: namesFold(fd),
      acl: keepsAcl(fd),
    };
  } finally {
    sys.close(fd);
  }
}

/** By its number in fdinfo: paths of mounts hide each other, numbers do not. */
function mountOf(fd: number, mounts: readonly Mount[]): Mount | undefined {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return mounts.find((mount) => String(mount.id) === id);
}

/** A file without a name, gone again; 0 or -errno. */
function nameless(path: string): number {
  const fd = sys.openPath(path, O.TMPFILE | O.RDWR | O.CLOEXEC, 0o600);
  if (fd >= 0) sys.close(fd);
  return Math.min(fd, 0);
}

function hasBirthTime(fd: number): boolean {
  const scratch = new Scratch(4096);
  try {
    const at = scratch.bytes(LOWER_STAT.SIZE);
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, at);
    return result >= 0 && (scratch.u32At(at + LOWER_STAT.mask) & STATX.BTIME) !== 0;
  } finally {
    scratch.release();
  }
}
