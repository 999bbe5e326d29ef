import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

// Bundles the benchmark of the policy compiler into dist and runs it: node tools/bench/policy.mjs [--rounds N]

const home = dirname(fileURLToPath(import.meta.url));
const dist = join(home, 'dist');
mkdirSync(dist, { recursive: true });

function bundle(source, name) {
  const outfile = join(dist, name);
  buildSync({
    entryPoints: [join(home, 'src', source)],
    outfile,
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
  return outfile;
}

bundle('policy-child.ts', 'policy-child.mjs');
await import(pathToFileURL(bundle('policy-main.ts', 'policy-bench.mjs')).href);
