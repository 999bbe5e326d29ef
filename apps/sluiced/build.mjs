import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { options, programs } from './programs.mjs';

// Bundles the daemon's programs into dist.

const home = dirname(fileURLToPath(import.meta.url));

for (const [name, source] of Object.entries(programs)) {
  const output = join(home, 'dist', `${name}.cjs`);
  const temporary = `${output}.${process.pid}`;
  try {
    await build({ ...options, entryPoints: [join(home, 'src', source)], outfile: temporary });
    renameSync(temporary, output);
  } finally {
    rmSync(temporary, { force: true });
  }
}
