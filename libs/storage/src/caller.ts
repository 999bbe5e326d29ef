/**
 * Creating objects as the caller: the worker thread takes over the caller's fsuid and fsgid for what it creates, so that
 * owner, group, setgid directories and quotas come out as on the lower file system, atomically.
 *
 * SECBIT_NO_SETUID_FIXUP (capabilities(7)) keeps the thread's capabilities while its fsuid is not 0. The identity may
 * therefore stay until a request of another caller creates something, which saves two system calls per creation.
 */
import { errnoName, SECBIT, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';

export class CallerIdentity {
  #uid = 0;
  #gid = 0;

  constructor() {
    const result = sys.setSecurebits(SECBIT.NO_SETUID_FIXUP);
    if (result < 0)
      throw new Error(`creating files as their callers needs CAP_SETPCAP (${errnoName(result)})`);
  }

  assume(request: Request): void {
    if (request.gid !== this.#gid) {
      sys.setfsgid(request.gid);
      this.#gid = request.gid;
    }
    if (request.uid !== this.#uid) {
      sys.setfsuid(request.uid);
      this.#uid = request.uid;
    }
  }
}
