import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

// Bundles the device lab and the program that it runs inside machines into dist, and runs the lab.

const home = dirname(fileURLToPath(import.meta.url));
const dist = join(home, 'dist');
mkdirSync(dist, { recursive: true });

/** By way of a file of another name: a run that starts at the same time must not load half a program. */
function bundle(source, name) {
  const program = join(dist, name);
  const temporary = `${program}.${process.pid}`;
  buildSync({
    entryPoints: [join(home, 'src', source)],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  renameSync(temporary, program);
  return program;
}

bundle('guest-checks.ts', 'guest-checks.mjs');
await import(pathToFileURL(bundle(process.env.SLUICE_LAB_ENTRY ?? 'main.ts', 'device-lab.mjs')).href);
