#!/usr/bin/env node
'use strict';

/* eslint-disable @typescript-eslint/no-require-imports -- CommonJS starts faster than a module would. */

// Committed, because npm links a workspace's commands at install time, before anything is built.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const bundle = join(__dirname, '..', 'dist', 'sluice.cjs');

if (existsSync(bundle)) {
  require(bundle);
} else {
  process.stderr.write(`sluice: ${bundle} is not there yet; run npm run build in the repository's root\n`);
  process.exitCode = 1;
}
