import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { characterDevice, cpio, directory, file } from './cpio.ts';

describe('a cpio archive', () => {
  it('has a header of hexadecimal numbers, and names and contents on multiples of four bytes', () => {
    const archive = cpio([file('ab', 'hello', 0o755)]);
    expect(archive.toString('latin1', 0, 110)).toBe(
      '070701' +
        ['00000001', '000081ed', '00000000', '00000000', '00000001', '00000000', '00000005'].join('') +
        ['00000000', '00000000', '00000000', '00000000', '00000003', '00000000'].join(''),
    );
    expect(archive.toString('latin1', 110, 113)).toBe('ab\0');
    expect(archive.toString('latin1', 116, 124)).toBe('hello\0\0\0');
    expect(archive.toString('latin1', 124, 130)).toBe('070701');
    expect(archive.length % 4).toBe(0);
  });

  it('gives a device its numbers', () => {
    const archive = cpio([characterDevice('console', 5, 1)]);
    // rdev: fields 10 and 11 behind the magic.
    expect(archive.toString('latin1', 6 + 9 * 8, 6 + 11 * 8)).toBe('0000000500000001');
  });

  it.skipIf(spawnSync('cpio', ['--version']).status !== 0)('is read by cpio [needs the program cpio]', () => {
    const input = cpio([directory('bin'), file('bin/empty', ''), file('lab.conf', 'a'.repeat(5000))]);
    const { stdout } = spawnSync('cpio', ['-it', '--quiet'], { input });
    expect(stdout.toString()).toBe('bin\nbin/empty\nlab.conf\n');
  });
});
