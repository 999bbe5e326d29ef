import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nativeAddonPath, sys } from './load.ts';

const packageFolder = join(import.meta.dirname, '..');
const temporary = mkdtempSync(join(tmpdir(), 'sluice-addon-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

function run(
  program: string,
  ...words: string[]
): { status: number | null; output: string; missing: boolean } {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}`, missing: error !== undefined };
}

function build(
  environment: Record<string, string>,
  ...words: string[]
): { status: number | null; output: string } {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageFolder, 'build.mjs'), ...words],
    {
      encoding: 'utf8',
      env,
    },
  );
  return { status, output: `${stdout}${stderr}` };
}

/** A library that any C library can load: nothing but Node-API is expected from outside. */
function expectSelfContained(path: string): void {
  expect(run('readelf', '-dW', path).output).not.toContain('NEEDED');
  const undefinedSymbols = run('readelf', '--dyn-syms', '-W', path)
    .output.split('\n')
    .filter((line) => / UND +\S/.test(line))
    .map((line) => line.trim().split(/\s+/).at(-1));
  expect(undefinedSymbols.length).toBeGreaterThan(3);
  expect(undefinedSymbols.filter((symbol) => !symbol?.startsWith('napi_'))).toEqual([]);
  const segments = run('readelf', '-lW', path)
    .output.split('\n')
    .filter((line) => line.includes(' LOAD '));
  expect(segments.map((line) => line.trim().split(/\s+/).at(-1))).toEqual(segments.map(() => '0x4000'));
}

describe('the addon', () => {
  it('has exactly the calls of the contract', () => {
    const contract = readFileSync(join(import.meta.dirname, 'native.ts'), 'utf8');
    const names = [...contract.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(50);
    expect(Object.keys(sys).sort()).toEqual(names.sort());
  });

  it.skipIf(run('readelf', '--version').missing)('needs no other library (needs readelf)', () => {
    expectSelfContained(nativeAddonPath());
  });

  it.skipIf(run('aarch64-linux-gnu-gcc', '--version').missing)(
    'is built for arm64 without warnings or libraries (needs gcc-aarch64-linux-gnu)',
    () => {
      expect(build({ CC: '' }, '--target', 'arm64')).toEqual({ status: 0, output: '' });
      expectSelfContained(join(packageFolder, 'dist', 'sluice_sys.arm64.node'));
    },
  );

  const compilers = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };
  for (const [cpu, compiler] of Object.entries(compilers)) {
    const probe = ['-x', 'c', '-fsyntax-only', '-include', 'asm/unistd.h', '/dev/null'];
    const { missing, status } = run(compiler, ...probe);
    it.skipIf(missing || status !== 0)(
      `uses the system call numbers of the kernel headers on ${cpu} (needs ${compiler} and linux-libc-dev)`,
      () => {
        const header = readFileSync(join(packageFolder, 'native', 'syscall.h'), 'utf8');
        const names = [...header.matchAll(/^\tNR_(\w+) =/gm)].map((match) => match[1]);
        expect(names.length).toBeGreaterThan(45);
        const source = join(temporary, `numbers-${cpu}.c`);
        const checks = names.map((name) => `_Static_assert((int)NR_${name} == __NR_${name}, "${name}");`);
        writeFileSync(source, `#include <asm/unistd.h>\n#include "syscall.h"\n${checks.join('\n')}\n`);
        const { status: result, output } = run(
          compiler,
          '-fsyntax-only',
          '-I',
          join(packageFolder, 'native'),
          source,
        );
        expect([result, output]).toEqual([0, '']);
      },
    );
  }
});

describe('the build', () => {
  it('names the remedy when there is no compiler', () => {
    expect(build({ CC: '', PATH: temporary })).toEqual({
      status: 1,
      output: 'sluice_sys: no C compiler (cc, gcc or clang) found; install one: apt-get install gcc\n',
    });
    expect(build({ CC: 'no-such-compiler' })).toMatchObject({ status: 1 });
  });

  it('refuses CPUs and words it does not know', () => {
    expect(build({}, '--target', 'mips')).toMatchObject({ status: 1 });
    expect(build({}, 'arm64')).toMatchObject({ status: 1 });
  });

  it('leaves the addon in its place when the compiler fails', () => {
    expect(build({ CC: 'false' })).toMatchObject({ status: 1 });
    expect(existsSync(nativeAddonPath())).toBe(true);
  });
});
