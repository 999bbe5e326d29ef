import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/**
 * Bundles `src/<source>` of a tool into its `dist/<name>`, whose path is returned. By way of a file of another name: a run
 * that starts at the same time must not load half a program. `home`: URL of a file in the tool's folder.
 */
export function bundle(home, source, name) {
  const folder = fileURLToPath(new URL('.', home));
  const program = join(folder, 'dist', name);
  mkdirSync(join(folder, 'dist'), { recursive: true });
  const temporary = `${program}.${process.pid}`;
  buildSync({
    entryPoints: [join(folder, 'src', source)],
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
