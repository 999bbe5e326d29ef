/**
 * A reply that could not be delivered: nobody waits for it any more. The kernel has learnt of nothing that it promised, so
 * lookups are given back and open files end, with what was registered for them (register-lower.ts, `countOpenEnded`).
 */
import { sys } from '@sluice/sys';
import { ENTRY_OUT, OPCODE, OPEN_OUT, OUT_HEADER } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { releaseHandle } from './operations/release.ts';
import type { Volume } from './volume.ts';

export function takeBack(volume: Volume, request: Request): void {
  const { memory } = volume;
  if (memory.getI32(request.replyAt + OUT_HEADER.error) !== 0) return; // an error promised nothing
  const at = request.payloadAt;
  switch (request.opcode) {
    case OPCODE.OPEN:
    case OPCODE.OPENDIR:
      closeLower(releaseHandle(volume, at + OPEN_OUT.fh, false));
      break;
    case OPCODE.CREATE:
    case OPCODE.TMPFILE:
      closeLower(releaseHandle(volume, at + ENTRY_OUT.SIZE + OPEN_OUT.fh, false));
      volume.forget(at + ENTRY_OUT.nodeid, 1, 0);
      break;
    case OPCODE.LOOKUP:
    case OPCODE.MKNOD:
    case OPCODE.MKDIR:
    case OPCODE.SYMLINK:
    case OPCODE.LINK:
      volume.forget(at + ENTRY_OUT.nodeid, 1, 0);
      break;
  }
}

function closeLower(fd: number): void {
  if (fd >= 0) sys.close(fd);
}
