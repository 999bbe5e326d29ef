import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Bundles the daemon's programs into dist: the supervisor, the volume server and its threads, what binds trees, the engine
// fuse-native, and the probe of `sluice doctor`.

const home = dirname(fileURLToPath(import.meta.url));
const programs = {
  sluiced: 'sluiced.ts',
  'fuse-native-server': 'fuse-native-server.ts',
  'volume-server': 'volume-server.ts',
  'volume-thread': 'volume-thread.ts',
  'tree-binder': 'tree-binder.ts',
  probe: 'probe.ts',
};

for (const [name, source] of Object.entries(programs)) {
  const output = join(home, 'dist', `${name}.cjs`);
  const temporary = `${output}.${process.pid}`;
  try {
    await build({
      entryPoints: [join(home, 'src', source)],
      outfile: temporary,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { 'import.meta.url': 'bundleUrl' },
      // grpc-js reaches for the first only in services this program does not have; the other is found at run time, or not.
      external: ['@grpc/proto-loader', 'fuse-native'],
      // Names stay: stack traces in the log are read by people.
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
    renameSync(temporary, output);
  } finally {
    rmSync(temporary, { force: true });
  }
}
