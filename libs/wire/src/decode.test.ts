import { describe, expect, it } from 'vitest';
import { checkRequest } from './decode.ts';
import { OPCODE, OPCODES } from './opcodes.ts';
import { argumentWith, request, views, words } from './requests.fixture.ts';
import type { Parts } from './requests.fixture.ts';

const EIO = -5;
const EINVAL = -22;
const ENAMETOOLONG = -36;
const ENOSYS = -38;

function check(bytes: Uint8Array, setxattrExt = true, length = bytes.length): number {
  const { u8, u32 } = views(bytes);
  return checkRequest(u8, u32, 0, length, setxattrExt);
}

const checkParts = (parts: Parts, setxattrExt = true) => check(request(parts), setxattrExt);
const lookup = (name: string) => checkParts({ opcode: OPCODE.LOOKUP, names: [name] });
const mkdir = (name: string) =>
  checkParts({ opcode: OPCODE.MKDIR, argument: new Uint8Array(8), names: [name] });

describe('checkRequest', () => {
  it('accepts a LOOKUP written down byte by byte', () => {
    const bytes = Buffer.from(
      [
        '2d 00 00 00', // len: 45
        '01 00 00 00', // opcode: LOOKUP
        '02 00 00 00 00 00 00 00', // unique
        '01 00 00 00 00 00 00 00', // nodeid
        'f8 2a 00 00', // uid
        'f8 2a 00 00', // gid
        '39 30 00 00', // pid
        '00 00', // total_extlen
        '00 00', // padding
        '44 43 49 4d 00', // DCIM
      ]
        .join('')
        .replaceAll(' ', ''),
      'hex',
    );
    expect(check(bytes)).toBe(0);
  });

  it('finds the request where it lies in a larger buffer', () => {
    const bytes = request({ opcode: OPCODE.UNLINK, names: ['a'] });
    const buffer = new Uint8Array(128).fill(0xff);
    buffer.set(bytes, 44);
    expect(checkRequest(buffer, new Uint32Array(buffer.buffer), 44, bytes.length, true)).toBe(0);
  });

  it('refuses places that are not aligned or not inside the buffer', () => {
    const { u8, u32 } = views(request({ opcode: OPCODE.STATFS }));
    for (const at of [1, 2, 4, -4, 40, 1e9, 2 ** 32, 2 ** 53, Number.NaN]) {
      expect(checkRequest(u8, u32, at, 40, true)).toBe(EIO);
    }
    expect(checkRequest(u8, u32, 0, 44, true)).toBe(EIO);
    expect(checkRequest(u8, u32, 0, Number.NaN, true)).toBe(EIO);
    u32[0] = 44;
    expect(checkRequest(u8, u32, 0, 44, true)).toBe(EIO);
  });

  it('refuses less than a header, and a header that tells another length than was read', () => {
    const bytes = request({ opcode: OPCODE.STATFS });
    expect(check(bytes, true, 39)).toBe(EIO);
    expect(check(bytes, true, 0)).toBe(EIO);
    const longer = Uint8Array.from([...bytes, 0, 0, 0, 0]);
    expect(check(longer)).toBe(EIO);
    expect(check(longer, true, 40)).toBe(0);
  });

  it('answers an unknown opcode with ENOSYS', () => {
    for (const opcode of [0, 7, 19, 54, 2015, 436_207_616, 0xffff_ffff])
      expect(checkParts({ opcode })).toBe(ENOSYS);
  });

  for (const { name, number: opcode, argument, names, payload } of OPCODES) {
    if (argument === 0 || names > 0 || payload !== undefined) continue;
    it(`wants the ${String(argument)} bytes of ${name}'s argument and takes more`, () => {
      expect(checkParts({ opcode, argument: new Uint8Array(argument - 1) })).toBe(EIO);
      expect(checkParts({ opcode, argument: new Uint8Array(argument) })).toBe(0);
      expect(checkParts({ opcode, argument: new Uint8Array(argument + 8) })).toBe(0);
    });
  }
});

describe('checkRequest on names', () => {
  it('takes names of 255 bytes and answers longer ones with ENAMETOOLONG', () => {
    expect(lookup('n'.repeat(255))).toBe(0);
    expect(lookup('n'.repeat(256))).toBe(ENAMETOOLONG);
    expect(lookup('n'.repeat(5000))).toBe(ENAMETOOLONG);
  });

  it('refuses a name whose NUL is missing, even if one follows behind the request', () => {
    const bytes = request({ opcode: OPCODE.LOOKUP, names: ['abc'] }).slice(0, -1);
    new DataView(bytes.buffer).setUint32(0, bytes.length, true);
    expect(check(bytes)).toBe(EIO);
    expect(check(Uint8Array.from([...bytes, 0]), true, bytes.length)).toBe(EIO);
  });

  it('refuses bytes left over behind the last name', () => {
    expect(checkParts({ opcode: OPCODE.LOOKUP, names: ['abc'], data: new Uint8Array(1) })).toBe(EIO);
  });

  it('refuses a missing second name', () => {
    expect(checkParts({ opcode: OPCODE.RENAME, argument: new Uint8Array(8), names: ['a'] })).toBe(EIO);
    expect(checkParts({ opcode: OPCODE.SYMLINK, names: ['a'] })).toBe(EIO);
  });

  it('lets LOOKUP alone ask for dot and dot-dot', () => {
    expect([lookup('.'), lookup('..'), lookup('...')]).toEqual([0, 0, 0]);
    expect([mkdir('.'), mkdir('..'), mkdir('...'), mkdir('.a'), mkdir('..a')]).toEqual([
      EINVAL,
      EINVAL,
      0,
      0,
      0,
    ]);
  });

  it('refuses an empty name and one with a slash in every operation on a directory', () => {
    for (const { number: opcode, argument, nameRules } of OPCODES) {
      nameRules.forEach((rule, position) => {
        const names = (bad: string) => nameRules.map((_, i) => (i === position ? bad : 'good'));
        const parts = { opcode, argument: new Uint8Array(opcode === OPCODE.SETXATTR ? 16 : argument) };
        expect(checkParts({ ...parts, names: names('') })).toBe(EINVAL);
        const slashes = rule === 'component' || rule === 'lookup' ? EINVAL : 0;
        for (const bad of ['/', 'a/b', '/a', 'a/'])
          expect(checkParts({ ...parts, names: names(bad) })).toBe(slashes);
        const dots = rule === 'component' ? EINVAL : 0;
        expect(checkParts({ ...parts, names: names('..') })).toBe(dots);
        expect(checkParts({ ...parts, names: names('good') })).toBe(0);
      });
    }
  });

  it('takes the name / that TMPFILE carries', () => {
    expect(checkParts({ opcode: OPCODE.TMPFILE, argument: new Uint8Array(16), names: ['/'] })).toBe(0);
  });

  it('takes any symbolic link target of 1 to 4,095 bytes', () => {
    const symlink = (target: string) => checkParts({ opcode: OPCODE.SYMLINK, names: ['link', target] });
    expect([symlink('../a/b'), symlink('/'), symlink('t'.repeat(4095))]).toEqual([0, 0, 0]);
    expect([symlink(''), symlink('t'.repeat(4096))]).toEqual([EINVAL, ENAMETOOLONG]);
  });
});

describe('checkRequest on data', () => {
  it('wants as much data as WRITE announces', () => {
    const write = (announced: number, sent: number) =>
      checkParts({
        opcode: OPCODE.WRITE,
        argument: argumentWith(40, 16, announced),
        data: new Uint8Array(sent),
      });
    expect([write(0, 0), write(4096, 4096)]).toEqual([0, 0]);
    expect([write(4096, 4095), write(4095, 4096), write(0xffff_ffff, 4096)]).toEqual([EIO, EIO, EIO]);
  });

  it('wants as many records as BATCH_FORGET and REMOVEMAPPING count', () => {
    const forget = (count: number, bytes: number) =>
      checkParts({ opcode: OPCODE.BATCH_FORGET, argument: words(count, 0), data: new Uint8Array(bytes) });
    expect([forget(0, 0), forget(3, 48)]).toEqual([0, 0]);
    expect([forget(3, 47), forget(3, 64), forget(0x1000_0003, 48)]).toEqual([EIO, EIO, EIO]);
    const unmap = (count: number, bytes: number) =>
      checkParts({ opcode: OPCODE.REMOVEMAPPING, argument: words(count), data: new Uint8Array(bytes) });
    expect([unmap(2, 32), unmap(2, 16)]).toEqual([0, EIO]);
  });

  it('wants as much input as IOCTL and NOTIFY_REPLY announce', () => {
    const ioctl = (announced: number) =>
      checkParts({
        opcode: OPCODE.IOCTL,
        argument: argumentWith(32, 24, announced),
        data: new Uint8Array(4),
      });
    expect([ioctl(4), ioctl(3), ioctl(5)]).toEqual([0, EIO, EIO]);
    const reply = (announced: number) =>
      checkParts({
        opcode: OPCODE.NOTIFY_REPLY,
        argument: argumentWith(40, 16, announced),
        data: new Uint8Array(4),
      });
    expect([reply(4), reply(3), reply(5)]).toEqual([0, EIO, EIO]);
  });

  it('reads SETXATTR by the argument size of the session', () => {
    const parts = { opcode: OPCODE.SETXATTR, names: ['user.a/b'], data: new Uint8Array(3) };
    const long = { ...parts, argument: words(3, 0, 1, 0) };
    const short = { ...parts, argument: words(3, 0) };
    expect([checkParts(long, true), checkParts(short, false)]).toEqual([0, 0]);
    expect([checkParts(long, false), checkParts(short, true)].filter((result) => result === 0)).toEqual([]);
    expect(checkParts({ ...long, data: new Uint8Array(2) })).toBe(EIO);
  });
});

describe('checkRequest on extension blocks', () => {
  const create = (extensions: Uint8Array, names = ['photo.jpg']) =>
    checkParts({ opcode: OPCODE.CREATE, argument: new Uint8Array(16), names, extensions });

  it('takes security contexts and groups behind a name of any length', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      expect(create(words(16, 32, 1, 1023), [name])).toBe(0);
      expect(create(words(16, 1, 0, 0, 24, 32, 2, 7, 8, 0), [name])).toBe(0);
    }
  });

  it('refuses blocks that do not fill what total_extlen claims', () => {
    expect(create(words(24, 32, 1, 0))).toBe(EIO);
    expect(create(words(8, 1, 16, 1))).toBe(EIO);
    expect(create(words(0xffff_fff8, 32))).toBe(EIO);
  });

  it('refuses a block smaller than its header or not of whole units', () => {
    expect(create(words(0, 0))).toBe(EIO);
    expect(create(words(4, 1))).toBe(EIO);
    expect(create(words(12, 1, 0, 12, 1, 0))).toBe(EIO);
  });

  it('refuses more groups than the block has room for', () => {
    expect(create(words(16, 32, 2, 1023))).toBe(EIO);
    expect(create(words(16, 32, 0x4000_0001, 1023))).toBe(EIO);
    expect(create(words(8, 32))).toBe(EIO);
  });

  it('refuses extensions longer than the request', () => {
    const bytes = request({ opcode: OPCODE.CREATE, argument: new Uint8Array(16), names: ['a'] });
    new DataView(bytes.buffer).setUint16(36, 3, true);
    expect(check(bytes)).toBe(EIO);
    new DataView(bytes.buffer).setUint16(36, 0xffff, true);
    expect(check(bytes)).toBe(EIO);
  });

  it('ignores the padding beside total_extlen', () => {
    const bytes = request({ opcode: OPCODE.STATFS });
    new DataView(bytes.buffer).setUint16(38, 0xffff, true);
    expect(check(bytes)).toBe(0);
  });
});
