/**
 * The daemon's programs: the supervisor, the volume server and its threads, what binds trees, the engine fuse-native,
 * and the probe of `sluice doctor`.
 */
export const programs = {
  sluiced: 'sluiced.ts',
  'fuse-native-server': 'fuse-native-server.ts',
  'volume-server': 'volume-server.ts',
  'volume-thread': 'volume-thread.ts',
  'tree-binder': 'tree-binder.ts',
  probe: 'probe.ts',
};

/** How each is bundled. */
export const options = {
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
};
