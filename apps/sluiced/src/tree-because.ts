/** Why a directory is not bound, for people. */
import { ERRNO, errnoName } from '@sluice/sys';

/** The directory is not there, on the lower tree or on the volume, or is none: nothing to say about it. */
export function isAbsent(step: string, result: number): boolean {
  return (
    (step === 'lower directory' || step === 'volume directory') &&
    (result === -ERRNO.ENOENT || result === -ERRNO.ENOTDIR || result === -ERRNO.ELOOP)
  );
}

/** `step`: a BinderStep. `result`: its -errno. */
export function becauseOf(step: string, result: number): string {
  if (result === -ERRNO.EPERM && step === 'mount') return 'mounting needs root (CAP_SYS_ADMIN)';
  if (result === -ERRNO.EXDEV) {
    return step === 'lower directory'
      ? 'another file system is mounted there on the lower tree'
      : 'something else is mounted there, or on the way';
  }
  if (step === 'same directory') return 'it was moved meanwhile, or is another directory on the volume';
  return `${step}: ${errnoName(result)}`;
}
