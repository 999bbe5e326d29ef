/** A volume's mount: made, taken down, and the kernel's connection behind it, which can be ended. */
import { ControlError } from '@sluice/control';
import type { VolumeSpec } from '@sluice/control';
import { abortConnection, connectionOf, detach, mountSession, unmount } from '@sluice/session';
import { ERRNO, errnoName } from '@sluice/sys';

export class VolumeMount {
  readonly #spec: VolumeSpec;
  #connection: number | undefined;
  #isMounted = false;

  constructor(spec: VolumeSpec) {
    this.#spec = spec;
  }

  /** The minor number of its device, 0 while there is none. */
  get minor(): number {
    return this.#connection ?? 0;
  }

  /** Throws a MountError. */
  make(device: number): void {
    const { name, mountPoint, storage } = this.#spec;
    const { suid, dev } = storage;
    mountSession(device, { name, mountPoint, allowOther: true, defaultPermissions: true, suid, dev });
    this.#isMounted = true;
    this.#connection = connectionOf(mountPoint);
  }

  /** Somebody else has made it, if it is there. */
  adopt(): void {
    this.#connection = connectionOf(this.#spec.mountPoint);
    this.#isMounted = this.#connection !== undefined;
  }

  /** Throws a {@link ControlError} where files on it are open; with `force` it is detached and its connection ended. */
  takeDown(force: boolean): void {
    if (!this.#isMounted) return;
    const { mountPoint } = this.#spec;
    const result = unmount(mountPoint);
    // EINVAL: somebody else has unmounted it.
    if (result < 0 && result !== -ERRNO.EINVAL) {
      if (!force) {
        const why = result === -ERRNO.EBUSY ? 'files on it are open' : errnoName(result);
        throw new ControlError(
          'failed_precondition',
          `${mountPoint} cannot be unmounted: ${why}; close them or use --force`,
        );
      }
      detach(mountPoint);
      this.abort();
    }
    this.#isMounted = false;
  }

  /** Nobody serves it any more: new callers get to the directory beneath. */
  detach(): void {
    if (this.#isMounted) detach(this.#spec.mountPoint);
    this.#isMounted = false;
  }

  /** Fails every request, waiting and to come. */
  abort(): void {
    if (this.#connection !== undefined) abortConnection(this.#connection);
  }
}
