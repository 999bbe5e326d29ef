import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from './exit-codes.ts';

/** The daemon's probe: beside this program (a device has all in one folder), or where the repository builds it. */
export function probeProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  // Both src/ and dist/ lie beside the daemon's dist/ in this way.
  const places = [join(here, 'probe.cjs'), join(here, '..', '..', 'sluiced', 'dist', 'probe.cjs')];
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new CommandFailure(`the probe is not there (${places.join(', ')}): build it (npm run build)`);
  return found;
}
