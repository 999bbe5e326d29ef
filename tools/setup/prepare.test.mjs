import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A clone in which nothing was ever installed. */
let clone;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'sluice-prepare-'));
  cpSync(HERE, join(clone, 'tools/setup'), { recursive: true });
});

afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

function prepare(...words) {
  const env = { PATH: '/nonexistent' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(clone, 'tools/setup/prepare.mjs'), ...words],
    {
      env,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr, left: readdirSync(clone) };
}

describe('prepare', () => {
  it('says that a C compiler is missing, and leaves the clone as it is', () => {
    expect(prepare()).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'Sluice needs a C compiler (cc, gcc or clang) and found none: install one with "apt-get install gcc".\n',
      left: ['tools'],
    });
  });

  it('does not know other options', () => {
    expect(prepare('--forse')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^"--forse" .*usage: .*\n$/),
    });
  });
});
