/** What a machine starts with: busybox, guest/init, the modules it loads. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { characterDevice, cpio, directory, file } from './cpio.ts';
import type { ModuleFile } from './kernel-modules.ts';

const INIT = fileURLToPath(new URL('../guest/init', import.meta.url));

export function makeInitramfs(
  busybox: Buffer,
  modules: readonly ModuleFile[],
  lifetimeSeconds: number,
): Buffer {
  const configuration = `MODULES="${modules.map(({ name }) => name).join(' ')}"\nLIFETIME=${lifetimeSeconds}\n`;
  return cpio([
    ...['bin', 'dev', 'modules', 'proc', 'root', 'sys'].map(directory),
    characterDevice('dev/console', 5, 1),
    file('init', readFileSync(INIT), 0o755),
    file('bin/busybox', busybox, 0o755),
    file('lab.conf', configuration),
    ...modules.map(({ name, content }) => file(`modules/${name}.ko`, content)),
  ]);
}
