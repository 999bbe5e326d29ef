import { sys } from '@sluice/sys';
import { RELEASE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_FILE } from '../layout.ts';
import { OPEN_DIRECTORY } from '../open-files.ts';
import { closeNode, noteClosed } from '../open-node.ts';
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
  lock.acquire();
  const open = openFiles.find(handleAt);
  let fd = -1;
  if (open !== 0) {
    fd = memory.getI32(open + OPEN_FILE.fd);
    const mode = memory.getU32(open + OPEN_FILE.mode);
    if (mode !== OPEN_DIRECTORY) {
      const at = nodes.at(memory.getU32(open + OPEN_FILE.node));
      closeNode(volume, at, mode);
      if (opened) noteClosed(volume, at, mode);
    }
    volume.releaseIfUnreferenced(openFiles.free(open));
  }
  lock.release();
  return fd;
}
