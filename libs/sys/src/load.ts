/**
 * Finds and loads the native addon: beside the running bundle (a device has nothing else), beside `src` in this
 * package, or in this package seen from a bundle under `apps/<name>/dist`. Every thread that loads it gets calls over
 * the same arenas.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeCalls } from './native.ts';

const FILE = `sluice_sys.${process.arch}.node`;
const PLACES = [`./${FILE}`, `../dist/${FILE}`, `../../../libs/sys/dist/${FILE}`];

/** Absolute path of the addon for this CPU. Throws an Error that names the remedy when it is not built. */
export function nativeAddonPath(): string {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new Error(
      `The native addon needs Linux or Android on x64 or arm64; this is ${process.platform} on ${process.arch}.`,
    );
  }
  const candidates = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(
      `The native addon is not built: none of ${candidates.join(', ')} exists. Run: npm run build`,
    );
  }
  return found;
}

function load(): NativeCalls {
  const path = nativeAddonPath();
  try {
    return createRequire(import.meta.url)(path) as NativeCalls;
  } catch (cause) {
    throw new Error(
      `The native addon ${path} cannot be loaded; build it again for this machine: npm run build`,
      {
        cause,
      },
    );
  }
}

/** The native calls, bound to this process. */
export const sys: NativeCalls = load();
