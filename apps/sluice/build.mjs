import { chmodSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { options, programs } from './programs.mjs';

// Bundles the command into dist/sluice.cjs; another place may be named: node build.mjs FILE.

const home = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ? resolve(process.argv[2]) : join(home, 'dist', 'sluice.cjs');
const temporary = `${output}.${process.pid}`;

try {
  await build({ ...options, entryPoints: [join(home, 'src', programs.sluice)], outfile: temporary });
  chmodSync(temporary, 0o755);
  renameSync(temporary, output);
} finally {
  rmSync(temporary, { force: true });
}
