/**
 * The npm package fuse-native: an optional dependency with a build for x86-64 alone, which needs libfuse 2 beside it. It
 * serves from the main thread of a process that does nothing else: in worker threads it crashes, and a process that
 * touches its own mount hangs. Its `configure()` installs setuid programs and must never be called.
 */
import { createRequire } from 'node:module';
import type { FuseOperations } from './fuse-operations.ts';

export interface FuseNativeMount {
  mount(done: (error: Error | null) => void): void;
  /** By the package's own operation numbers: called with its record of the request, the number, and the arguments. */
  readonly _handlers: NativeHandler[];
}

export type NativeHandler = (record: Buffer, operation: number, ...args: unknown[]) => unknown;

export type FuseNativeClass = new (
  mountPoint: string,
  operations: FuseOperations,
  options: FuseNativeOptions,
) => FuseNativeMount;

/** What is used of its options. `fsname` carries those it knows no name for. */
export interface FuseNativeOptions {
  allowOther: true;
  defaultPermissions: true;
  fsname: string;
  subtype: string;
  /** No timer for each request. */
  timeout: false;
}

export type LoadedPackage = { Fuse: FuseNativeClass } | { missing: string };

/** `from`: a file of the program, from whose directory upwards the package is looked for. */
export function loadFuseNative(from: string | URL): LoadedPackage {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') return { missing: whyMissing(platform, arch, undefined) };
  try {
    return { Fuse: createRequire(from)('fuse-native') as FuseNativeClass };
  } catch (error) {
    return { missing: whyMissing(platform, arch, error) };
  }
}

/** A sentence for people, with what to do about it. */
export function whyMissing(platform: string, arch: string, error: unknown): string {
  if (platform !== 'linux' || arch !== 'x64') {
    return `the engine fuse-native is absent: its npm package has a build for Linux on x86-64 alone, and this is ${platform} on ${arch}`;
  }
  const { code } = error as NodeJS.ErrnoException;
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  if (code === 'MODULE_NOT_FOUND' && message.includes("'fuse-native'")) {
    return 'the engine fuse-native is absent: the npm package fuse-native is not installed (in a clone: npm install, without --omit=optional; packages for devices come without it)';
  }
  if (message.includes('libfuse.so.2')) {
    return 'the engine fuse-native is absent: the library libfuse.so.2 is missing (apt-get install libfuse2)';
  }
  return `the engine fuse-native is absent: its npm package does not load: ${message}`;
}
