import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ERRNO, sys } from '@sluice/sys';
import { HEADER } from '../memory.ts';
import type { Negotiated } from '../negotiate.ts';
import { playAnswers } from '../played-answers.ts';
import { sessionMemory } from '../session-memory.fixture.ts';
import { DIALECT_NAMES, dialectAt, dialectByName, dialectIndex } from './choose.ts';
import type { DialectName } from './dialect.ts';
import { registerLower } from './register.ts';

const memory = sessionMemory();
const { scratch } = memory.slot(0);
const DEVICE = 77;
const LOWER = 0x1234;
/** Where the `unique` of the request in flight stands. */
const UNIQUE_AT = scratch + 512;

/** A kernel that knows some ioctls: what each one gives. The calls it saw: number and argument. */
let known = new Map<number, number>();
let calls: { device: number; request: number; argument: number[] }[] = [];

function settledOn(name: DialectName): Negotiated {
  const dialect = dialectByName(name);
  memory.setU32(HEADER.initDialect, dialectIndex(dialect));
  memory.setU32(HEADER.initPassthrough, 3);
  return { minor: 27, flags: 0, flags2: 0, dialect, offered: true };
}

function register(settled: Negotiated): number {
  return registerLower(settled, memory, DEVICE, LOWER, scratch, UNIQUE_AT);
}

beforeEach(() => {
  known = new Map();
  calls = [];
  playAnswers(memory, {});
  memory.u8.fill(0xee, scratch, scratch + 64);
  memory.setU32(UNIQUE_AT, 0x9abc_def0);
  memory.setU32(UNIQUE_AT + 4, 0x1234_5678);
  vi.spyOn(sys, 'ioctl').mockImplementation((device, request, at) => {
    const bytes = (request >>> 16) & 0x3fff;
    const from = at - memory.base;
    calls.push({ device, request, argument: [...memory.u8.subarray(from, from + bytes)] });
    return known.get(request) ?? -ERRNO.ENOTTY;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a registration', () => {
  const fd = [0x34, 0x12, 0, 0];
  it.each([
    // {i32 fd, u32 flags, u64 padding}
    ['mainline', 0x4010_e501, [...fd, ...Array<number>(12).fill(0)]],
    // u32 fd
    ['android-v2', 0x4004_e57e, fd],
    // {u32 fd, u32 len, void *vec}
    ['android-v1', 0x4010_e57f, [...fd, ...Array<number>(12).fill(0)]],
    ['android-v0', 0x4010_e501, [...fd, ...Array<number>(12).fill(0)]],
  ] as const)('of %s is its ioctl with every reserved byte 0', (name, request, argument) => {
    known.set(request, 7);
    expect(register(settledOn(name))).toBe(7);
    expect(calls).toEqual([{ device: DEVICE, request, argument: [...argument] }]);
  });

  it('of android-unique names the request in flight, and gives no id', () => {
    known.set(0x4018_e501, 0);
    expect(register(settledOn('android-unique'))).toBe(0);
    const unique = [0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12];
    expect(calls[0]?.argument).toEqual([...unique, ...fd, ...Array<number>(12).fill(0)]);
  });

  it('of android-unique without a request in flight is refused before the kernel is asked', () => {
    const settled = settledOn('android-unique');
    expect(registerLower(settled, memory, DEVICE, LOWER, scratch, 0)).toBe(-ERRNO.EINVAL);
    expect(calls).toEqual([]);
  });

  it.each(['mainline', 'android-v2', 'android-v1', 'android-v0'] as const)(
    'of %s takes an id of 0 for a failure',
    (name) => {
      for (const request of [0x4010_e501, 0x4004_e57e, 0x4010_e57f]) known.set(request, 0);
      expect(register(settledOn(name))).toBe(-ERRNO.EIO);
    },
  );

  it.each(['EPERM', 'EINVAL', 'EBADF', 'EOPNOTSUPP', 'ELOOP', 'EISDIR', 'ENOMEM'] as const)(
    'refused with %s stays with its dialect',
    (name) => {
      known.set(0x4004_e57e, -ERRNO[name]);
      const settled = settledOn('android-v2');
      expect(register(settled)).toBe(-ERRNO[name]);
      expect(settled.dialect.name).toBe('android-v2');
      expect(calls).toHaveLength(1);
    },
  );

  it('is ended by the kernel itself in every Android dialect', () => {
    for (const name of DIALECT_NAMES.filter((each) => each.startsWith('android'))) {
      expect(dialectByName(name).unregister(memory, DEVICE, 7, scratch)).toBe(-ERRNO.EOPNOTSUPP);
    }
    expect(calls).toEqual([]);
    known.set(0x4004_e502, 0);
    expect(dialectByName('mainline').unregister(memory, DEVICE, 7, scratch)).toBe(0);
    expect(calls).toEqual([{ device: DEVICE, request: 0x4004_e502, argument: [7, 0, 0, 0] }]);
  });
});

describe('a kernel of another generation than its INIT bits let expect', () => {
  it.each([
    ['android-v1', 0x4010_e57f, 2],
    ['android-v0', 0x4010_e501, 3],
  ] as const)('is found to speak %s, once and for all workers', (name, request, asked) => {
    known.set(request, 5);
    const settled = settledOn('android-v2');
    expect(register(settled)).toBe(5);
    expect(settled.dialect.name).toBe(name);
    expect(dialectAt(memory.getU32(HEADER.initDialect)).name).toBe(name);
    expect(calls).toHaveLength(asked);
    expect(register(settled)).toBe(5);
    expect(calls).toHaveLength(asked + 1);
    // A worker that still takes it for V2.
    const other: Negotiated = { ...settled, dialect: dialectByName('android-v2') };
    expect(register(other)).toBe(5);
    expect(other.dialect.name).toBe(name);
  });

  it.each(['mainline', 'android-v2', 'android-unique'] as const)(
    'that knows no ioctl at all: %s comes to none, and status shows that nothing is in use',
    (name) => {
      const settled = settledOn(name);
      expect(register(settled)).toBe(-ERRNO.ENOTTY);
      expect(settled.dialect.name).toBe('none');
      expect(dialectAt(memory.getU32(HEADER.initDialect)).name).toBe('none');
      expect(memory.getU32(HEADER.initPassthrough)).toBe(1);
      const asked = calls.length;
      expect(register(settled)).toBe(-ERRNO.EOPNOTSUPP);
      expect(calls).toHaveLength(asked);
    },
  );
});

describe('a played errno', () => {
  it('stands in for the kernel’s answer without asking it', () => {
    known.set(0x4004_e57e, 7);
    playAnswers(memory, { registerErrno: ERRNO.ELOOP });
    expect(register(settledOn('android-v2'))).toBe(-ERRNO.ELOOP);
    expect(calls).toEqual([]);
    playAnswers(memory, {});
    expect(register(settledOn('android-v2'))).toBe(7);
  });
});
