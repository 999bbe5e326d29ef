/** The command line's one program. */
export const programs = { sluice: 'bin.ts' };

/** How it is bundled. */
export const options = {
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
};
