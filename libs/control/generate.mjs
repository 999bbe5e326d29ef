import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Turns proto/ into one ES module of static code and its types, in src/generated (not committed).

const home = dirname(fileURLToPath(import.meta.url));
const output = join(home, 'src', 'generated');
const cli = join(
  dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json')),
  'bin',
  'pbjs',
);
const sources = [
  'sluice/v1/daemon.proto',
  'sluice/v1/volume.proto',
  'sluice/v1/policy.proto',
  'sluice/v1/stats.proto',
  'sluice/v1/trace.proto',
  'sluice/v1/error.proto',
  'grpc/health/v1/health.proto',
];

mkdirSync(output, { recursive: true });
const temporary = join(output, `messages-${process.pid}.js`);
const declarations = temporary.replace(/\.js$/, '.d.ts');
const options = ['-t', 'static-module', '-w', 'esm', '--dts', '-p', join(home, 'proto'), '-o', temporary];
const lean = ['create', 'verify', 'convert', 'delimited', 'typeurl', 'service'].map((part) => `--no-${part}`);
lean.push('--dependency', 'protobufjs/minimal.js');
execFileSync(process.execPath, [cli, ...options, ...lean, ...sources], { stdio: 'inherit' });

// Renamed when whole: a type check that runs at the same time never reads half a file.
renameSync(declarations, join(output, 'messages.d.ts'));
renameSync(temporary, join(output, 'messages.js'));
