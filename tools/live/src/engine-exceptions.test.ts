import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENGINE_EXCEPTIONS, exceptionTo } from './engine-exceptions.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

it.each(ENGINE_EXCEPTIONS)(
  'an exception names a file that is there, and a reason: $file',
  ({ file, because }) => {
    expect(existsSync(join(HERE, `${file}.live.test.ts`))).toBe(true);
    expect(because.length).toBeGreaterThan(10);
  },
);

it('is for the tests it names alone', () => {
  const path = join(HERE, 'posix-programs.live.test.ts');
  expect(exceptionTo(path, 'programs under the policy all tar packs and unpacks modes')).toContain('UTF-8');
  expect(exceptionTo(path, 'programs under the policy all make builds')).toBeUndefined();
  expect(exceptionTo(join(HERE, 'policy-guards.live.test.ts'), 'whatever')).toContain('who calls');
  const rules = join(HERE, 'conformance/conformance.live.test.ts');
  const mounted = "the rules of POSIX under the policy 'all', names kept for 1 s";
  expect(exceptionTo(rules, `${mounted} chmod`)).toContain('belongs to the owner of its directory');
  expect(exceptionTo(rules, `${mounted} permissions`)).toBeUndefined();
  expect(exceptionTo(rules, 'the rules of POSIX on the bare file system chmod')).toBeUndefined();
  expect(exceptionTo(join(HERE, 'engine-fuse-native.live.test.ts'), 'whatever')).toBeUndefined();
});
