import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processorField } from './follow-caller.ts';

/** Fields 3 to 52 of a real line of proc(5), the processor (field 39) being `core`. */
function line(name: string, core: number | string): string {
  return (
    `4242 (${name}) S 1 4242 4242 0 -1 4194560 1534 2096 12 4 18 7 3 2 20 0 1 0 137 11284480 1245 ` +
    `18446744073709551615 94352342 94352999 140731 0 0 0 65536 4 65538 1 0 0 17 ${core} 0 0 0 0 0 ` +
    `94353111 94353222 94360000 140732 140733 140734 140735 0\n`
  );
}

function field(text: string, before = ''): number {
  const bytes = new TextEncoder().encode(before + text);
  return processorField(bytes, before.length, bytes.length);
}

describe('the core a caller last ran on', () => {
  it.each([0, 1, 7, 10, 255, 1023])('is field 39 of its stat line: %i', (core) => {
    expect(field(line('cat', core))).toBe(core);
  });

  it.each(['a b', 'Web Content', ') S 1 2 3', '((', 'a) (b', '1 2 3 4 5 6 7', ' ', ')))) )'])(
    'is found behind the command name “%s”',
    (name) => {
      expect(field(line(name, 5))).toBe(5);
    },
  );

  it('is found in this process’s own line', () => {
    const text = readFileSync('/proc/self/stat', 'utf8');
    const expected = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[36]);
    expect(field(text)).toBe(expected);
  });

  it('is found wherever the line lies in the buffer', () => {
    expect(field(line('cat', 3), '17 (old) S 9 9 9')).toBe(3);
  });

  it('is unknown in a line cut short anywhere before its end', () => {
    const whole = line('a (b) c', 12);
    const behind = whole.indexOf(' 12 0 0 0 0 0') + ' 12 '.length;
    for (let length = 0; length < behind; length++) {
      expect(field(whole.slice(0, length)), `${length} bytes`).toBe(-1);
    }
    expect(field(whole.slice(0, behind))).toBe(12);
  });

  it.each(['1024', '99999999999999999999', '-1', 'x', ''])('is unknown for “%s”', (core) => {
    expect(field(line('cat', core))).toBe(-1);
  });
});
