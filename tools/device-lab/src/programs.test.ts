import { describe, expect, it } from 'vitest';
import { execute, missingPrograms } from './programs.ts';

describe('programs of the host', () => {
  it('that are missing are named, with the packages that have them', () => {
    const sentence = missingPrograms('/nowhere');
    expect(sentence).toContain('qemu-system-x86_64');
    expect(sentence).toMatch(/apt-get install .*qemu-system-x86 /);
    expect(sentence?.match(/util-linux/g)).toHaveLength(1);
  });

  it('that fail are reported with their last words', async () => {
    await expect(execute('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow(/exit 3\n.*why/s);
    expect(await execute('echo', ['fine'])).toBe('fine\n');
  });
});
