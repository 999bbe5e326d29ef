/** The path in a volume that people mean: given as such, or absolute beneath its mount point or its source. */
import { posix } from 'node:path';
import { ControlError } from '@sluice/control';

/** Without leading slash; empty for the root. Throws a {@link ControlError} for a path that leads out of the volume. */
export function pathInVolume(path: string, volume: { mountPoint: string; source: string }): string {
  if (path.includes('\0')) throw new ControlError('invalid_argument', 'the path holds a NUL byte');
  let inside = path;
  for (const root of [volume.mountPoint, volume.source]) {
    if (path === root || path.startsWith(`${root}/`)) {
      inside = path.slice(root.length);
      break;
    }
  }
  const clean = posix.normalize(`./${inside}`);
  if (clean === '..' || clean.startsWith('../')) {
    throw new ControlError('invalid_argument', `${path} leads out of the volume`);
  }
  return clean.replace(/\/+$/, '') === '.' ? '' : clean.replace(/\/+$/, '');
}
