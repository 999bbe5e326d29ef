/** A directory of the real file system with one descriptor and one Scratch, for the tests of the calls. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { O } from './constants.ts';
import { sys } from './load.ts';
import type { Address } from './native.ts';
import { Scratch } from './scratch.ts';

export interface LowerDirectory {
  readonly path: string;
  /** Open O_RDONLY | O_DIRECTORY. */
  readonly directory: number;
  readonly scratch: Scratch;
  /** The address of `name`. */
  at(name: string): Address;
  /** Opens `name` beneath the directory; closed after the tests of the file. */
  open(name: string, flags: number, mode?: number): number;
}

/** Call at the top of a test file: what was made is removed after its tests, the scratch emptied before each. */
export function lowerDirectory(): LowerDirectory {
  const path = mkdtempSync(join(tmpdir(), 'sluice-sys-'));
  const scratch = new Scratch(1024 * 1024);
  const directory = sys.openPath(path, O.RDONLY | O.DIRECTORY, 0);
  const opened = [directory];
  beforeEach(() => scratch.reset());
  afterAll(() => {
    for (const fd of opened) sys.close(fd);
    rmSync(path, { recursive: true, force: true });
    scratch.release();
  });
  return {
    path,
    directory,
    scratch,
    at: (name) => scratch.string(name),
    open(name, flags, mode = 0o644) {
      const fd = sys.openat(directory, scratch.string(name), flags, mode);
      if (fd >= 0) opened.push(fd);
      return fd;
    },
  };
}

/** Capabilities are not asked for one by one: tests that need one run as root and are skipped otherwise. */
export const isRoot = process.getuid?.() === 0;
