/** How large a bundle may become. Beyond that a build fails: a phone's storage and an adb push both pay for it. */
import type { ManifestFile } from './manifest.ts';

const MB = 1_000_000;

/** Bytes. */
export const LIMITS = {
  compressed: 35 * MB,
  unpacked: 115 * MB,
  /** All that a deployment sends when only the application has changed. */
  application: 2 * MB,
} as const;

export interface Sizes {
  compressed: number;
  unpacked: number;
  application: number;
}

export function sizesOf(files: readonly ManifestFile[], compressed: number): Sizes {
  const sum = (some: readonly ManifestFile[]): number => some.reduce((bytes, { size }) => bytes + size, 0);
  const application = files.filter(({ path }) => !path.startsWith('runtime/'));
  return { compressed, unpacked: sum(files), application: sum(application) };
}

/** A sentence for each limit that is exceeded. */
export function exceeded(sizes: Sizes): string[] {
  return (Object.keys(LIMITS) as (keyof Sizes)[])
    .filter((name) => sizes[name] > LIMITS[name])
    .map((name) => `${name}: ${inMb(sizes[name])}, and at most ${inMb(LIMITS[name])} are allowed`);
}

export function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
