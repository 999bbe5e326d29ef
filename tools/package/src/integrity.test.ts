import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkIntegrity } from './integrity.ts';

const CONTENT = Buffer.from('an archive');
const PINNED = `sha512-${createHash('sha512').update(CONTENT).digest('base64')}`;

describe('a pinned archive', () => {
  it('passes as what it was', () => {
    expect(() => checkIntegrity(CONTENT, PINNED, 'it')).not.toThrow();
  });

  it('is refused when a byte has changed, with both digests', () => {
    expect(() => checkIntegrity(Buffer.from('an archivf'), PINNED, 'the package x')).toThrow(
      /^the package x is not what was pinned: its integrity is sha512-\S+, and sha512-\S+ was expected$/,
    );
  });

  it.each(['', 'sha512-', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=', PINNED.slice(0, -3)])(
    'is refused when the pin "%s" is none',
    (pin) => {
      expect(() => checkIntegrity(CONTENT, pin, 'it')).toThrow(/is no SHA-512 integrity/);
    },
  );
});
