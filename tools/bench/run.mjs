import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

// Bundles the benchmark into dist and runs it.

const home = dirname(fileURLToPath(import.meta.url));
const program = join(home, 'dist', 'bench.mjs');
const temporary = `${program}.${process.pid}`;
mkdirSync(dirname(program), { recursive: true });
buildSync({
  entryPoints: [join(home, 'src', 'main.ts')],
  outfile: temporary,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
renameSync(temporary, program);
await import(pathToFileURL(program).href);
