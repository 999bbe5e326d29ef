import { describe, expect, it } from 'vitest';
import { PACKAGES_LIST_LIMITS, parsePackagesList } from './packages-list.ts';

function parse(text: string) {
  const { appIds, ...rest } = parsePackagesList(new TextEncoder().encode(text));
  return { appIds: Object.fromEntries(appIds), ...rest };
}

const REST = '0 /data/user/0/x default:targetSdkVersion=34 3003,1015 0 1 1';

describe('a package list', () => {
  it('gives the app ids by package, shared ones too', () => {
    const text = `com.a 10057 ${REST}\ncom.b 10057 ${REST}\nandroid 1000 ${REST}\n`;
    expect(parse(text)).toEqual({
      appIds: { 'com.a': [10_057], 'com.b': [10_057], android: [1000] },
      skippedLines: 0,
      skipped: [],
    });
  });

  it('may end without a line feed, have carriage returns, empty lines and two fields', () => {
    expect(parse('com.a 10001\r\n\ncom.b 10002')).toMatchObject({
      appIds: { 'com.a': [10_001], 'com.b': [10_002] },
      skippedLines: 0,
    });
  });

  it('takes another user’s uid for the same app', () => {
    expect(parse('com.a 1010057 0').appIds).toEqual({ 'com.a': [10_057] });
  });

  it('leaves out what makes no sense, with its line, and goes on', () => {
    const long = 'x'.repeat(256);
    const lines = [' com.a 1', 'com.a', 'com.a x', 'com.a -1', 'com.a 4294967295', 'com.a 99999999999'];
    lines.push('com/a 10001', 'co\0m 10001', `${long} 10001`, 'com.ok 10001', 'com.ok 10002', 'com.ok 10001');
    const { appIds, skippedLines, skipped } = parse(lines.join('\n'));
    expect(appIds).toEqual({ 'com.ok': [10_001] });
    expect(skippedLines).toBe(10);
    expect(skipped.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    expect(skipped[0]?.because).toContain('begins with a space');
    expect(skipped[2]?.because).toBe('the second field is no uid');
    expect(skipped[6]?.because).toContain('letters, digits');
    expect(skipped[8]?.because).toContain('more than 255 bytes');
    expect(skipped[9]?.because).toContain('twice');
  });

  it('tells of the first ten mistakes alone, and counts the others', () => {
    const { skippedLines, skipped } = parse('?\n'.repeat(1000));
    expect([skippedLines, skipped.length]).toEqual([1000, PACKAGES_LIST_LIMITS.skippedTold]);
  });

  it('is read up to its limits', () => {
    const { packages, bytes } = PACKAGES_LIST_LIMITS;
    const lines = Array.from({ length: packages + 3 }, (_, i) => `p${i} ${10_000 + (i % 10_000)}`);
    const { appIds, skippedLines } = parse(lines.join('\n'));
    expect([Object.keys(appIds).length, skippedLines]).toEqual([packages, 3]);
    expect(() => parsePackagesList(new Uint8Array(bytes + 1))).toThrow(
      `a package list of ${bytes + 1} bytes: ${bytes} are read at most`,
    );
  });

  it('never throws, whatever its bytes are', () => {
    let seed = 7;
    for (let round = 0; round < 500; round++) {
      const bytes = new Uint8Array(200);
      for (let i = 0; i < bytes.length; i++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        const kind = seed >>> 28;
        bytes[i] = kind < 3 ? 0x20 : kind < 5 ? 0x0a : kind < 9 ? 0x30 + ((seed >>> 8) % 10) : seed >>> 16;
      }
      for (const ids of parsePackagesList(bytes).appIds.values()) {
        for (const id of ids) expect(id >= 0 && id < 100_000).toBe(true);
      }
    }
  });
});
