import { sys } from '@sluice/sys';
import { RELEASE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_FILE } from '../layout.ts';
import { noteWritten } from '../attribute-validity.ts';
import { OPEN_DIRECTORY } from '../open-files.ts';
import { noteClosed } from '../kept-pages.ts';
import { closeNode } from '../open-as.ts';
import { countOpenEnded } from '../register-lower.ts';
import type { Volume } from '../volume.ts';

/** RELEASE and RELEASEDIR: the last descriptor of an open file is gone. Nobody waits for the answer. */
export function release(volume: Volume, request: Request): number {
  const fd = releaseHandle(volume, request.argumentAt + RELEASE_IN.fh, true);
  if (fd >= 0) sys.close(fd);
  return 0;
}

/**
 * Ends the open file whose handle is at `handleAt`. `opened`: the kernel got to know the handle. Its lower descriptor,
 * which the caller closes, or -1.
 */
export function releaseHandle(volume: Volume, handleAt: number, opened: boolean): number {
  const { openFiles, memory, lock, nodes } = volume;
  endLocks(volume, handleAt);
  lock.acquire();
  const open = openFiles.find(handleAt);
  let fd = -1;
  if (open !== 0) {
    if (volume.trace.on) volume.trace.closed(open);
    fd = memory.getI32(open + OPEN_FILE.fd);
    const mode = memory.getU32(open + OPEN_FILE.mode);
    if (mode !== OPEN_DIRECTORY) {
      const at = nodes.at(memory.getU32(open + OPEN_FILE.node));
      closeNode(volume, at, mode);
      countOpenEnded(volume, mode, opened);
      if (opened) {
        noteClosed(volume, at, mode);
        noteWritten(volume, at, mode, memory.getU32(open + OPEN_FILE.flags));
      }
    }
    volume.releaseIfUnreferenced(openFiles.free(open));
  }
  lock.release();
  return fd;
}

/** Locks that came by way of this open file and are still there: OFD and flock(2) locks, which end with it. */
function endLocks(volume: Volume, handleAt: number): void {
  const { openFiles, memory } = volume;
  const open = openFiles.find(handleAt);
  if (open === 0 || memory.getU32(open + OPEN_FILE.locks) === 0) return;
  volume.locks.endFile(memory.getU32(open + OPEN_FILE.node), openFiles.slotOf(open));
}
