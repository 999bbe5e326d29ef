/** What a volume must be before anything is opened or mounted: names, numbers, directories. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, sep } from 'node:path';
import { ControlError } from '@sluice/control';
import type { VolumeSpec } from '@sluice/control';
import { MAX_WORKERS, hasCapability, isMountPoint, ownCapabilities } from '@sluice/session';

export const DEFAULT_WORKERS = 2;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** A day: beyond that an entry may as well be forgotten and looked up again. */
const LONGEST_TIMEOUT_SECONDS = 86_400;

/** The spec with paths resolved and defaults filled in. Throws a {@link ControlError} that says what would be right. */
export function checkVolumeSpec(spec: VolumeSpec): VolumeSpec {
  const source = directory('source', spec.source);
  const mountPoint = directory('mount point', spec.mountPoint);
  const name = spec.name === '' ? nameFrom(mountPoint) : spec.name;
  if (!NAME.test(name)) {
    throw invalid(
      `the volume name "${name}" is not possible: use 1 to 32 of a-z, 0-9 and "-", not starting with "-"`,
    );
  }
  const { timeoutSeconds } = spec;
  if (!(timeoutSeconds >= 0 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
    throw invalid(
      `the timeout ${timeoutSeconds} is not possible: use 0 to ${LONGEST_TIMEOUT_SECONDS} seconds`,
    );
  }
  const workers = spec.workers === 0 ? DEFAULT_WORKERS : spec.workers;
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw invalid(`${workers} workers are not possible: use 1 to ${MAX_WORKERS}`);
  }
  if (mountPoint.startsWith(source.endsWith(sep) ? source : source + sep)) {
    throw invalid(`the mount point ${mountPoint} lies inside the source ${source}: choose one outside of it`);
  }
  if (isMountPoint(mountPoint)) {
    throw new ControlError(
      'already_exists',
      `something is mounted on ${mountPoint} already: unmount it first, or choose another directory`,
    );
  }
  if (readdirSync(mountPoint).length > 0) {
    throw new ControlError(
      'failed_precondition',
      `the mount point ${mountPoint} is not empty: choose or make an empty directory`,
    );
  }
  const { storage } = spec;
  if (storage.engine !== 'fuse-native') return { ...spec, name, source, mountPoint, workers };
  if (!hasCapability(ownCapabilities().effective, 'SYS_ADMIN'))
    throw invalid('the engine fuse-native needs root (CAP_SYS_ADMIN): use the engine session');
  if (storage.idmap) throw invalid('the engine fuse-native cannot serve an idmapped mount: leave idmap out');
  // The package serves from one thread.
  return { ...spec, name, source, mountPoint, workers: 1 };
}

function directory(what: string, path: string): string {
  if (!isAbsolute(path)) throw invalid(`the ${what} "${path}" is not an absolute path`);
  let resolved: string;
  try {
    resolved = realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A daemon that died leaves a mount on which every call fails like this.
    if (code === 'ENOTCONN') {
      throw new ControlError(
        'failed_precondition',
        `the ${what} ${path} is a mount whose daemon is gone: umount -l ${path}`,
      );
    }
    throw invalid(
      `the ${what} ${path} does not exist or cannot be reached (${code ?? 'unknown error'}): make it first`,
    );
  }
  if (!statSync(resolved).isDirectory()) throw invalid(`the ${what} ${path} is not a directory`);
  return resolved;
}

function nameFrom(mountPoint: string): string {
  const letters = basename(mountPoint)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
  return letters === '' ? 'volume' : letters;
}

function invalid(message: string): ControlError {
  return new ControlError('invalid_argument', message);
}
