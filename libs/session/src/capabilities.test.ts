import { describe, expect, it } from 'vitest';
import { hasCapability, ownCapabilities, parseCapabilities } from './capabilities.ts';

describe('capabilities', () => {
  it('are read off the status of a process', () => {
    const found = parseCapabilities(
      'Name:\tnode\nCapEff:\t0000000000200000\nCapBnd:\t000001ffffdfffff\nNoNewPrivs:\t1\n',
    );
    expect(hasCapability(found.effective, 'SYS_ADMIN')).toBe(true);
    expect(hasCapability(found.effective, 'SETUID')).toBe(false);
    expect(hasCapability(found.bounding, 'SYS_ADMIN')).toBe(false);
    expect(hasCapability(found.bounding, 'SETUID')).toBe(true);
    expect(found.noNewPrivileges).toBe(true);
  });

  it('that a kernel does not tell are taken for held', () => {
    const found = parseCapabilities('Name:\tnode\n');
    expect(hasCapability(found.effective, 'SYS_ADMIN') && hasCapability(found.bounding, 'SYS_ADMIN')).toBe(
      true,
    );
    expect(found.noNewPrivileges).toBe(false);
  });

  it('of this process are told by this kernel', () => {
    const { bounding } = ownCapabilities();
    expect(bounding).not.toBe((1n << 64n) - 1n);
  });
});
