import { describe, expect, it } from 'vitest';
import { printable, showsColour } from './terminal.ts';

describe('colour', () => {
  it('is for terminals that can show it, unless NO_COLOR says no', () => {
    expect(showsColour(true, {})).toBe(true);
    expect(showsColour(true, { NO_COLOR: '' })).toBe(true);
    expect(showsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(showsColour(true, { TERM: 'dumb' })).toBe(false);
    expect(showsColour(false, {})).toBe(false);
  });
});

describe('text from elsewhere', () => {
  it('cannot steer the terminal', () => {
    expect(printable('a\u001b[2Jb\nc\u009b1m\u202ed')).toBe('a\\x1b[2Jb\\x0ac\\x9b1m\\u202ed');
  });

  it('is otherwise left alone', () => {
    expect(printable('Größe 写真 😀.jpg')).toBe('Größe 写真 😀.jpg');
  });
});
