import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O, S } from '@sluice/sys';
import { FATTR, OPCODE } from '@sluice/wire';
import { AskedKernel, ROOT, STALE } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { attributesOut, longs, name, statxOut, words } from '../requests.fixture.ts';

describe.skipIf(cannotPlay !== '')(`attributes, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
  });

  describe('GETATTR', () => {
    it('gives the lower object’s attributes, the root’s too', async () => {
      const node = await asked.fileNode('attributes', 'x'.repeat(5000));
      const ask = [words(0, 0), longs(0n)];
      expect(await asked.payload(OPCODE.GETATTR, node, ask)).toEqual(attributesOut(asked.at('attributes')));
      expect(await asked.payload(OPCODE.GETATTR, ROOT, ask)).toEqual(attributesOut(asked.at('.')));
    });

    it('follows changes beneath, a rename on the lower tree, and an open file that was removed', async () => {
      const node = await asked.fileNode('changes', 'x');
      const handle = await asked.open(node, O.RDWR);
      chmodSync(asked.at('changes'), 0o600);
      truncateSync(asked.at('changes'), 12345);
      execFileSync('mv', [asked.at('changes'), asked.at('moved')]);
      const ask = [words(0, 0), longs(0n)];
      expect(await asked.payload(OPCODE.GETATTR, node, ask)).toEqual(attributesOut(asked.at('moved')));
      execFileSync('rm', [asked.at('moved')]);
      for (const each of [ask, [words(1, 0), longs(handle)]]) {
        const payload = await asked.payload(OPCODE.GETATTR, node, each);
        expect([payload.readBigUInt64LE(24), payload.readUInt32LE(80)]).toEqual([12345n, 0]);
      }
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.GETATTR, node, ask)).toBe('ESTALE');
    });
  });

  describe('SETATTR', () => {
    const set = (valid: number, fields: Record<number, number> = {}): Buffer[] => {
      const body = Buffer.alloc(88);
      body.writeUInt32LE(valid, 0);
      for (const [offset, value] of Object.entries(fields)) body.writeUInt32LE(value, Number(offset));
      return [body];
    };

    it('sets mode, owner, size and times, each alone', async () => {
      const node = await asked.fileNode('set', 'x');
      const path = asked.at('set');
      const after = async (parts: Buffer[]): Promise<void> => {
        expect(await asked.payload(OPCODE.SETATTR, node, parts)).toEqual(attributesOut(path));
      };
      await after(set(FATTR.MODE, { 68: S.IFREG | 0o4751 }));
      expect(lstatSync(path).mode).toBe(S.IFREG | 0o4751);
      await after(set(FATTR.UID, { 76: 1234 }));
      await after(set(FATTR.GID, { 80: 4321 }));
      expect([lstatSync(path).uid, lstatSync(path).gid]).toEqual([1234, 4321]);
      await after(set(FATTR.SIZE, { 16: 70_000 }));
      expect(lstatSync(path).size).toBe(70_000);
      await after(set(FATTR.ATIME | FATTR.MTIME, { 32: 1000, 56: 5, 40: 2000, 60: 6 }));
      const times = lstatSync(path, { bigint: true });
      expect([times.atimeNs, times.mtimeNs]).toEqual([1_000_000_000_005n, 2_000_000_000_006n]);
      await after(set(FATTR.MTIME | FATTR.MTIME_NOW));
      const touched = lstatSync(path, { bigint: true });
      expect(touched.atimeNs).toBe(1_000_000_000_005n);
      expect(Number(touched.mtimeNs / 1_000_000n)).toBeGreaterThan(Date.now() - 60_000);
    });

    it('takes times before 1970', async () => {
      const node = await asked.fileNode('old', 'x');
      const body = set(FATTR.MTIME)[0] as Buffer;
      body.writeBigInt64LE(-86_400n, 40);
      await asked.payload(OPCODE.SETATTR, node, [body]);
      expect(lstatSync(asked.at('old'), { bigint: true }).mtimeNs).toBe(-86_400_000_000_000n);
    });

    it('changes a symbolic link’s owner, never its target', async () => {
      asked.file('target');
      symlinkSync('target', asked.at('owned-link'));
      const node = await asked.lookup(ROOT, 'owned-link');
      await asked.payload(OPCODE.SETATTR, node, set(FATTR.UID, { 76: 77 }));
      expect([lstatSync(asked.at('owned-link')).uid, statSync(asked.at('target')).uid]).toEqual([77, 0]);
      expect((await asked.ask(OPCODE.SETATTR, node, set(FATTR.MODE, { 68: 0o777 }))).error).not.toBe(0);
      expect((await asked.ask(OPCODE.SETATTR, node, set(FATTR.SIZE, { 16: 1 }))).error).not.toBe(0);
      expect([statSync(asked.at('target')).mode & 0o777, statSync(asked.at('target')).size]).toEqual([
        0o644, 0,
      ]);
    });

    it('cuts by the open file where the kernel names one, and refuses a stale node', async () => {
      const node = await asked.fileNode('cut', 'abcdef');
      const handle = await asked.open(node, O.RDWR);
      const body = set(FATTR.SIZE | FATTR.FH, { 16: 3 })[0] as Buffer;
      body.writeBigUInt64LE(handle, 8);
      await asked.payload(OPCODE.SETATTR, node, [body]);
      expect(readFileSync(asked.at('cut'), 'utf8')).toBe('abc');
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.SETATTR, STALE, set(0))).toBe('ESTALE');
    });
  });

  describe('extended attributes', () => {
    it('are set, read, listed and removed, on files and directories', async () => {
      mkdirSync(asked.at('x-directory'));
      for (const node of [await asked.fileNode('x-file'), await asked.lookup(ROOT, 'x-directory')]) {
        const value = Buffer.from('some value');
        const set = [words(value.length, 0, 0, 0), name('user.sluice'), value];
        expect((await asked.payload(OPCODE.SETXATTR, node, set)).length).toBe(0);
        const get = (size: number): Buffer[] => [words(size, 0), name('user.sluice')];
        expect(await asked.payload(OPCODE.GETXATTR, node, get(0))).toEqual(words(10, 0));
        expect(await asked.payload(OPCODE.GETXATTR, node, get(0xffff_ffff))).toEqual(value);
        expect(await asked.refusal(OPCODE.GETXATTR, node, get(9))).toBe('ERANGE');
        expect(await asked.payload(OPCODE.LISTXATTR, node, [words(0, 0)])).toEqual(words(12, 0));
        expect(await asked.payload(OPCODE.LISTXATTR, node, [words(64, 0)])).toEqual(name('user.sluice'));
        expect((await asked.payload(OPCODE.REMOVEXATTR, node, [name('user.sluice')])).length).toBe(0);
        expect(await asked.refusal(OPCODE.REMOVEXATTR, node, [name('user.sluice')])).toBe('ENODATA');
        expect(await asked.refusal(OPCODE.GETXATTR, node, get(10))).toBe('ENODATA');
      }
    });

    it('may be empty, and are refused on stale nodes', async () => {
      const node = await asked.fileNode('x-empty');
      await asked.payload(OPCODE.SETXATTR, node, [words(0, 0, 0, 0), name('user.empty')]);
      expect((await asked.payload(OPCODE.GETXATTR, node, [words(10, 0), name('user.empty')])).length).toBe(0);
      expect(await asked.refusal(OPCODE.SETXATTR, STALE, [words(0, 0, 0, 0), name('user.a')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.GETXATTR, STALE, [words(0, 0), name('user.a')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.LISTXATTR, STALE, [words(0, 0)])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.REMOVEXATTR, STALE, [name('user.a')])).toBe('ESTALE');
    });
  });

  it('STATX gives the attributes and the birth time', async () => {
    const node = await asked.fileNode('statx', 'abc');
    const payload = await asked.payload(OPCODE.STATX, node, [words(0, 0), longs(0n), words(0, 0xfff)]);
    expect(payload).toEqual(statxOut(asked.at('statx')));
    const ask = [words(0, 0), longs(0n), words(0, 0xfff)];
    expect(await asked.refusal(OPCODE.STATX, STALE, ask)).toBe('ESTALE');
  });

  describe('of a rule with an attribute timeout', () => {
    const rules = `version: 1
default: cached
rules:
  - { match: { path: 'asked/**' }, action: cached, options: { attribute-timeout: 0 } }
  - { match: { path: kept }, action: cached, options: { attribute-timeout: 2500ms } }
`;
    let ruled: AskedKernel;
    beforeAll(async () => {
      ruled = await AskedKernel.start({ policy: rules });
    });
    afterAll(async () => {
      await ruled.stop();
    });

    /** Seconds and nanoseconds. */
    async function validity(opcode: number, node: bigint, rest: Buffer[]): Promise<[number, number]> {
      const payload = await ruled.payload(opcode, node, [words(0, 0), longs(0n), ...rest]);
      return [Number(payload.readBigUInt64LE(0)), payload.readUInt32LE(8)];
    }

    it('GETATTR and STATX say for how long they are valid, the same', async () => {
      mkdirSync(ruled.at('asked'));
      const directory = await ruled.lookup(ROOT, 'asked');
      ruled.file('asked/file');
      const asked = await ruled.lookup(directory, 'file');
      const kept = await ruled.fileNode('kept');
      const other = await ruled.fileNode('other');
      for (const [opcode, rest] of [
        [OPCODE.GETATTR, []],
        [OPCODE.STATX, [words(0, 0xfff)]],
      ] as const) {
        expect(await validity(opcode, asked, [...rest])).toEqual([0, 0]);
        expect(await validity(opcode, directory, [...rest])).toEqual([0, 1]);
        expect(await validity(opcode, kept, [...rest])).toEqual([2, 500_000_000]);
        expect(await validity(opcode, other, [...rest])).toEqual([1, 500_000_000]);
      }
    });
  });

  it('IOCTL knows the inode flags and nothing else', async () => {
    const node = await asked.fileNode('flags');
    const handle = await asked.open(node, O.RDWR);
    const command = (number: number, input: number, output: number): Buffer[] => [
      longs(handle),
      words(0, number),
      longs(0n),
      words(input, output),
    ];
    const noAtime = 0x80;
    const set = [...command(0x4008_6602, 4, 0), words(noAtime)];
    expect(await asked.payload(OPCODE.IOCTL, node, set)).toEqual(words(0, 0, 0, 0));
    const got = await asked.payload(OPCODE.IOCTL, node, command(0x8008_6601, 0, 4));
    expect([got.length, got.readUInt32LE(0), got.readUInt32LE(16) & noAtime]).toEqual([20, 0, noAtime]);
    const extended = await asked.payload(OPCODE.IOCTL, node, command(0x801c_581f, 0, 28));
    expect(extended.length).toBe(16 + 28);
    expect(await asked.refusal(OPCODE.IOCTL, node, command(0x8008_6601, 0, 3))).toBe('EINVAL');
    expect(await asked.refusal(OPCODE.IOCTL, node, command(0x5401, 0, 64))).toBe('ENOTTY');
    await asked.release(node, handle);
    expect(await asked.refusal(OPCODE.IOCTL, node, command(0x8008_6601, 0, 4))).toBe('EBADF');
  });

  it('STATFS tells the lower file system’s', async () => {
    const payload = await asked.payload(OPCODE.STATFS, ROOT);
    expect(payload.length).toBe(80);
    const [blockSize, total, nameLength] = execFileSync('stat', ['-f', '-c', '%s %b %l', asked.kernel.source])
      .toString()
      .split(' ')
      .map(Number);
    expect(payload.readUInt32LE(40)).toBe(blockSize);
    expect(Number(payload.readBigUInt64LE(0))).toBe(total);
    expect(payload.readUInt32LE(44)).toBe(nameLength);
    expect(payload.subarray(52)).toEqual(Buffer.alloc(28));
  });
});
