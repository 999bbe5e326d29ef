import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const home = dirname(fileURLToPath(import.meta.url));
const dist = join(home, 'dist');

/**
 * Bundles `src/<source>` into `dist/<name>`, which is returned. By way of a file of another name: a benchmark that starts at
 * the same time must not run half a program.
 */
export function bundle(source, name) {
  mkdirSync(dist, { recursive: true });
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
    // Packages written for `require` find none in an ES module.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  renameSync(temporary, program);
  return program;
}
