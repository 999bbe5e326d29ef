import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

// Bundles a program of src into dist, and runs it: node run.mjs PROGRAM [WORD ...].

const home = dirname(fileURLToPath(import.meta.url));
const [source, ...words] = process.argv.slice(2);
const program = join(home, 'dist', `${source}.mjs`);
// By way of a file of another name: a run that starts at the same time must not load half a program.
const temporary = `${program}.${process.pid}`;
mkdirSync(dirname(program), { recursive: true });
buildSync({
  entryPoints: [join(home, 'src', `${source}.ts`)],
  outfile: temporary,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // A CommonJS package in a program that is none.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
renameSync(temporary, program);
process.argv = [process.argv[0], program, ...words];
await import(pathToFileURL(program).href);
