/**
 * What is done once per volume, before any worker serves it: the tables' first entries, the root node, and whether the
 * lower file system lets files be opened again by handle.
 */
import { AT, ERRNO, LOWER_STAT, O, Scratch, errnoName, sys } from '@sluice/sys';
import { HEADER } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { Deferred } from './deferred.ts';
import { DirectoryFds } from './directory-fds.ts';
import { SHARED, planStorage } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { NodeTable } from './node-table.ts';
import { HANDLE_SCRATCH_CAPACITY } from './scratch-layout.ts';

export interface Prepared {
  reopenBy: 'file-handle' | 'name';
  /** Why names are used; empty for handles. */
  because: string;
  /** The lower file system keeps POSIX ACLs. */
  acl: boolean;
}

/** `rootFd`: O_RDONLY | O_DIRECTORY descriptor of the source. Throws if the root cannot be read. */
export function prepareVolume(memory: SessionMemory, geometry: StorageGeometry, rootFd: number): Prepared {
  const layout = planStorage(geometry, memory.storageAt);
  const nodes = new NodeTable(memory, layout);
  new DirectoryFds(memory, layout, new Deferred()).initialise();
  // Nodes and files start out with epoch 0, which is never current.
  memory.store(HEADER.pathEpoch, 1);

  const statAt = memory.slot(0).scratch;
  const result = sys.stat(rootFd, 0, AT.EMPTY_PATH, memory.base + statAt);
  if (result < 0) throw new Error(`the source cannot be read: ${errnoName(result)}`);
  const root = nodes.create(statAt, 0);
  nodes.addLookup(root);

  const because = handlesRefused(rootFd);
  memory.setU32(layout.shared + SHARED.reopenByHandle, because === '' ? 1 : 0);
  memory.u8.fill(0, statAt, statAt + LOWER_STAT.SIZE);
  return { reopenBy: because === '' ? 'file-handle' : 'name', because, acl: keepsAcl(rootFd) };
}

/** Whether the file system of the directory behind `rootFd` keeps POSIX ACLs. */
export function keepsAcl(rootFd: number): boolean {
  const scratch = new Scratch(4096);
  const result = sys.getxattr(rootFd, scratch.string('system.posix_acl_access'), 0, 0);
  scratch.release();
  return result >= 0 || result === -ERRNO.ENODATA;
}

/** Results of the two calls: 0 or more, or -errno. `opened` undefined: there was no handle to open by. */
export interface HandleTrial {
  named: number;
  opened: number | undefined;
}

/** Opens the directory behind `rootFd` by its own handle. */
export function tryHandles(rootFd: number): HandleTrial {
  const scratch = new Scratch(4096);
  try {
    const handle = scratch.bytes(8 + HANDLE_SCRATCH_CAPACITY);
    const empty = scratch.string('');
    const named = sys.nameToHandle(rootFd, empty, handle, HANDLE_SCRATCH_CAPACITY, AT.EMPTY_PATH);
    if (named < 0) return { named, opened: undefined };
    const opened = sys.openByHandle(rootFd, handle, O.PATH | O.CLOEXEC);
    if (opened >= 0) sys.close(opened);
    return { named, opened: Math.min(opened, 0) };
  } finally {
    scratch.release();
  }
}

/** Empty if the root can be opened by its own handle, else why not. */
function handlesRefused(rootFd: number): string {
  const { named, opened } = tryHandles(rootFd);
  if (opened === undefined) return `the lower file system has no file handles (${errnoName(named)})`;
  if (opened === 0) return '';
  return `opening by file handle is refused (${errnoName(opened)}); it needs CAP_DAC_READ_SEARCH`;
}
