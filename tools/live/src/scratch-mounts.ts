/** Mounts of a test's own, that a machine may be unable to make. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { sh } from './index.ts';

export class ScratchMounts {
  /** To be left, the last first. */
  #directories: string[] = [];

  /** Runs `script` to mount on a new directory beneath `base`; skips the test, with what is missing, where that cannot be. */
  async on(
    context: TestContext,
    base: string,
    name: string,
    script: (directory: string) => string,
  ): Promise<string> {
    const directory = join(base, name);
    mkdirSync(directory, { recursive: true });
    const { code, stderr } = await sh(script(directory));
    if (code !== 0) context.skip(`a mount of ${name} (${stderr.trim()})`);
    this.#directories.push(directory);
    return directory;
  }

  async leave(): Promise<void> {
    for (const each of this.#directories.reverse()) await sh(`umount ${each}`);
    this.#directories = [];
  }
}
