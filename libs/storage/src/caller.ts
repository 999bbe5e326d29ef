/**
 * Creating objects as the caller: the worker thread takes over the caller's fsuid, fsgid and umask for what it creates, so
 * that owner, group, setgid directories, default ACLs and quotas come out as on the lower file system, atomically.
 *
 * SECBIT_NO_SETUID_FIXUP (capabilities(7)) keeps the thread's capabilities while its fsuid is not 0, and a file system
 * context of its own (CLONE_FS) keeps its umask apart from the other threads'. Both may therefore stay until a request of
 * another caller creates something, which saves three system calls per creation. Of the caller's supplementary groups
 * nothing is needed: the kernel has checked permissions and settled S_ISGID with them before it asks (fs/namei.c).
 *
 * A daemon without the capabilities for it creates objects for its own user and group alone. For others it refuses (EPERM):
 * what it made would be its own, set-id bits and all, and the caller could not open it again.
 */
import { CAP, CLONE, ERRNO, SECBIT, errnoName, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import type { FixedOwnership } from './features.ts';
import { SCRATCH } from './scratch-layout.ts';

/** Words of a capget(2) block of version 3 that holds the effective capabilities 0 to 31. */
const EFFECTIVE = 0;
const CAPABILITY_BYTES = 24;

/** For setfsuid(2) and setfsgid(2), which give the value before: no identity, so that nothing changes. */
const NONE = 0xffff_ffff;

export class CallerIdentity {
  readonly #all: number;
  readonly #withoutFsetid: number;
  /** Of the daemon. */
  readonly #ownUid: number;
  readonly #ownGid: number;
  /** The thread may take any identity. */
  readonly #takesAny: boolean;
  #uid: number;
  #gid: number;
  #umask = 0;
  readonly #fixed: FixedOwnership | undefined;

  /** `fixed`: the identity to take instead of every caller's; the daemon's own stands in for it. */
  constructor(request: Request, fixed: FixedOwnership | undefined) {
    this.#fixed = fixed;
    this.#uid = this.#ownUid = sys.setfsuid(NONE);
    this.#gid = this.#ownGid = sys.setfsgid(NONE);
    const apart = sys.unshare(CLONE.FS);
    if (apart < 0) throw new Error(`a thread cannot have a umask of its own (${errnoName(apart)})`);
    sys.umask(0);
    const { memory } = request;
    const at = request.scratchAt + SCRATCH.capabilities;
    this.#all = request.address(at);
    this.#withoutFsetid = request.address(at + CAPABILITY_BYTES);
    const read = sys.capget(this.#all);
    if (read < 0) throw new Error(`the thread's capabilities cannot be read (${errnoName(read)})`);
    memory.u8.copyWithin(at + CAPABILITY_BYTES, at, at + CAPABILITY_BYTES);
    const effective = memory.getU32(at + CAPABILITY_BYTES + EFFECTIVE);
    memory.setU32(at + CAPABILITY_BYTES + EFFECTIVE, effective & ~(1 << CAP.FSETID));
    this.#takesAny = takesAnyIdentity(effective) && sys.setSecurebits(SECBIT.NO_SETUID_FIXUP) === 0;
  }

  /** `umask`: the request's, or 0 where what is made has no mode that one applies to. 0, or -EPERM. */
  assume(request: Request, umask: number): number {
    const fixed = this.#fixed;
    if (!this.#takesAny) {
      const isOwn = request.uid === this.#ownUid && request.gid === this.#ownGid;
      if (fixed === undefined && !isOwn) return -ERRNO.EPERM;
      this.#become(this.#ownUid, this.#ownGid, fixed === undefined ? umask : 0);
    } else if (fixed === undefined) this.#become(request.uid, request.gid, umask);
    else this.#become(fixed.uid, fixed.gid, 0);
    return 0;
  }

  #become(uid: number, gid: number, umask: number): void {
    if (gid !== this.#gid) {
      sys.setfsgid(gid);
      this.#gid = gid;
    }
    if (uid !== this.#uid) {
      sys.setfsuid(uid);
      this.#uid = uid;
    }
    if (umask !== this.#umask) {
      sys.umask(umask);
      this.#umask = umask;
    }
  }

  /**
   * Between this and {@link regainFsetid} the thread lacks CAP_FSETID. Passthrough uses a lower file with the credentials
   * that registered it: without the capability the lower kernel takes set-id bits off a file that is written to past us.
   */
  dropFsetid(): void {
    sys.capset(this.#withoutFsetid);
  }

  regainFsetid(): void {
    sys.capset(this.#all);
  }
}

/** `effective`: capabilities 0 to 31, as a bit set. Whether creating objects as any caller is possible with them. */
export function takesAnyIdentity(effective: number): boolean {
  const needed = (1 << CAP.SETUID) | (1 << CAP.SETGID) | (1 << CAP.SETPCAP);
  return (effective & needed) === needed;
}
