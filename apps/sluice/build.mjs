import { chmodSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Bundles the command into dist/sluice.cjs; another place may be named: node build.mjs FILE.

const home = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ? resolve(process.argv[2]) : join(home, 'dist', 'sluice.cjs');
const temporary = `${output}.${process.pid}`;

try {
  await build({
    entryPoints: [join(home, 'src', 'bin.ts')],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    banner: {
      js: "#!/usr/bin/env node\nconst bundleUrl = require('node:url').pathToFileURL(__filename).href;",
    },
    define: { 'import.meta.url': 'bundleUrl' },
    // grpc-js reaches for it only in services this program does not have.
    external: ['@grpc/proto-loader'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  chmodSync(temporary, 0o755);
  renameSync(temporary, output);
} finally {
  rmSync(temporary, { force: true });
}
