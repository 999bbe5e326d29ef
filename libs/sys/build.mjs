/**
 * Compiles native/*.c to dist/sluice_sys.<cpu>.node: one compiler call, no libc, nothing downloaded.
 *
 *   node build.mjs [--target x64|arm64]
 *
 * CC names another compiler, flags included. For a foreign CPU Debian's cross compiler is the default.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const crossCompilers = {
  x64: { program: 'x86_64-linux-gnu-gcc', debianPackage: 'gcc-x86-64-linux-gnu' },
  arm64: { program: 'aarch64-linux-gnu-gcc', debianPackage: 'gcc-aarch64-linux-gnu' },
};

const flags = [
  ...['-std=gnu11', '-O2', '-g0', '-Wall', '-Wextra', '-Werror'],
  ...[
    '-ffreestanding',
    '-fPIC',
    '-fvisibility=hidden',
    '-fno-stack-protector',
    '-fno-asynchronous-unwind-tables',
  ],
  '-fno-tree-loop-distribute-patterns',
  // The addon's table of arenas outlives the worker threads that loaded it: it is never unloaded.
  ...['-nostdlib', '-shared', '-Wl,-z,nodelete', '-Wl,-z,now', '-Wl,-z,noexecstack'],
  // Android devices with pages of 16 KiB, and loaders that know one kind of symbol hash only.
  ...['-Wl,-z,max-page-size=16384', '-Wl,--hash-style=both', '-Wl,--build-id=none'],
];
/** Atomics inline: the out-of-line ones live in libgcc. */
const cpuFlags = { x64: [], arm64: ['-mno-outline-atomics'] };

function fail(message) {
  console.error(`sluice_sys: ${message}`);
  process.exit(1);
}

function onPath(program) {
  const candidates = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return candidates.some((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

function compiler(target) {
  const named = (process.env.CC ?? '').split(' ').filter(Boolean);
  if (named.length > 0) {
    if (onPath(named[0])) return named;
    fail(`the compiler named by CC, "${named[0]}", is not there; correct or unset CC.`);
  }
  if (target === process.arch) {
    const program = ['cc', 'gcc', 'clang'].find(onPath);
    return program
      ? [program]
      : fail('no C compiler (cc, gcc or clang) found; install one: apt-get install gcc');
  }
  const { program, debianPackage } = crossCompilers[target];
  return onPath(program)
    ? [program]
    : fail(`no C compiler for ${target} (${program}) found; install one: apt-get install ${debianPackage}`);
}

function targetOf(words) {
  if (words.length === 0) return process.arch;
  if (words.length === 2 && words[0] === '--target') return words[1];
  return fail(`"${words.join(' ')}" is not understood; usage: node build.mjs [--target x64|arm64]`);
}

function nodeApiHeaders() {
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir;
  } catch {
    return fail('the package node-api-headers is not installed; run npm install');
  }
}

const target = targetOf(process.argv.slice(2));
if (!Object.hasOwn(crossCompilers, target)) fail(`CPU "${target}" is not supported; x64 and arm64 are.`);

const sources = readdirSync(join(here, 'native'))
  .filter((file) => file.endsWith('.c'))
  .sort()
  .map((file) => join(here, 'native', file));
const output = join(here, 'dist', `sluice_sys.${target}.node`);
const unfinished = `${output}.${process.pid}`;
const [program, ...ownFlags] = compiler(target);

mkdirSync(join(here, 'dist'), { recursive: true });
const run = spawnSync(
  program,
  [...ownFlags, ...flags, ...cpuFlags[target], '-isystem', nodeApiHeaders(), '-o', unfinished, ...sources],
  { stdio: 'inherit' },
);
if (run.status !== 0) {
  rmSync(unfinished, { force: true });
  fail(`${program} failed; its messages are above.`);
}
// A process that has the old file mapped keeps it: replaced, never overwritten.
renameSync(unfinished, output);
