/**
 * A volume's mount: made, taken down, and the kernel's connection behind it, which can be ended. With CAP_SYS_ADMIN we mount
 * the device that we have opened; without it fusermount3 opens and mounts one for us, before anybody serves it: callers
 * wait meanwhile.
 */
import { ControlError } from '@sluice/control';
import type { VolumeSpec } from '@sluice/control';
import {
  abortConnection,
  connectionOf,
  detach,
  hasCapability,
  mountByFusermount,
  mountSession,
  openDevice,
  ownCapabilities,
  unmount,
} from '@sluice/session';
import type { AssistedMount, MountOptions } from '@sluice/session';
import { ERRNO, errnoName } from '@sluice/sys';

export class VolumeMount {
  readonly #spec: VolumeSpec;
  #connection: number | undefined;
  #isMounted = false;
  #lingers = false;
  #assisted: AssistedMount | undefined;

  constructor(spec: VolumeSpec) {
    this.#spec = spec;
  }

  /** The minor number of its device, 0 while there is none. */
  get minor(): number {
    return this.#connection ?? 0;
  }

  /** How the volume was mounted in the daemon's place, without CAP_SYS_ADMIN; undefined with it. */
  get assisted(): AssistedMount | undefined {
    return this.#assisted;
  }

  /** A descriptor of the FUSE device, mounted already if fusermount3 has to do that. Throws a MountError. */
  openDevice(): number {
    if (hasCapability(ownCapabilities().effective, 'SYS_ADMIN')) return openDevice();
    this.#assisted = mountByFusermount(this.#options());
    this.#noteMounted();
    return this.#assisted.device;
  }

  /** Throws a MountError. */
  make(device: number): void {
    if (this.#assisted !== undefined) return;
    mountSession(device, this.#options());
    this.#noteMounted();
  }

  #options(): MountOptions {
    const { name, mountPoint, storage } = this.#spec;
    const { suid, dev } = storage;
    return { name, mountPoint, allowOther: true, defaultPermissions: true, suid, dev };
  }

  #noteMounted(): void {
    this.#isMounted = true;
    this.#connection = connectionOf(this.#spec.mountPoint);
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
      this.#lingers = !this.abort() && this.#assisted !== undefined;
    }
    this.#isMounted = false;
  }

  /** Nobody serves it any more: new callers get to the directory beneath. */
  detach(): void {
    if (this.#isMounted) detach(this.#spec.mountPoint);
    this.#isMounted = false;
  }

  /** Fails every request, waiting and to come. False: there is no way to. */
  abort(): boolean {
    return this.#connection !== undefined && abortConnection(this.#connection);
  }

  /** Taken out of the tree, with a connection that lasts until the device is closed: fusermount3 ends none. */
  get lingers(): boolean {
    return this.#lingers;
  }
}
