import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellCommand, shellWord } from './shell-quote.ts';

/** SLUICE_TEST_SEED repeats a run; the seed of a failure is in its message. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const WORDS = 1500;

/** Characters that shells care for, more often than others. */
const HARD = '\'"\\`$!*?[]{}()<>|&;~#=%^ \t\n\r-@:,./a0\u0001\u001b\u007féß漢😀\u2028';

function randomWords(seed: number): string[] {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) >>> 0;
    return ((state ^ (state >>> 14)) >>> 0) % below;
  };
  const characters = [...HARD];
  return Array.from({ length: WORDS }, () =>
    Array.from({ length: next(12) }, () => characters[next(characters.length)] ?? '').join(''),
  );
}

/** What a shell hands to a program, one NUL behind each argument. */
function argumentsOf(shell: string, command: string): string[] {
  const { stdout, status } = spawnSync(shell, ['-c', `printf '%s\\0' ${command}`], { maxBuffer: 1 << 26 });
  expect(status).toBe(0);
  return stdout.toString().split('\0').slice(0, -1);
}

describe('a word for the shell', () => {
  it(`reaches a program as it was, whatever is in it (seed ${String(SEED)})`, () => {
    const words = randomWords(SEED);
    for (const shell of ['sh', 'bash']) expect(argumentsOf(shell, shellCommand(...words))).toEqual(words);
  });

  it(`survives being quoted twice, as it is for su -c (seed ${String(SEED)})`, () => {
    const words = randomWords(SEED).slice(0, 400);
    const inner = `printf '%s\\0' ${shellCommand(...words)}`;
    const { stdout } = spawnSync('sh', ['-c', `sh -c ${shellWord(inner)}`]);
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
  });

  it('is left as it is where no shell could take it otherwise, so that logs can be read', () => {
    expect(shellCommand('cat', '/data/adb/sluice/config.yaml', '--', 'a=b')).toBe(
      'cat /data/adb/sluice/config.yaml -- a=b',
    );
    expect(shellWord('')).toBe("''");
    expect(shellWord('~root')).toBe("'~root'");
  });

  it('cannot hold a NUL', () => {
    expect(() => shellWord('a\0b')).toThrow(RangeError);
  });
});
