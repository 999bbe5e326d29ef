import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FALLOC, O, S, SEEK } from '@sluice/sys';
import { FATTR, OPCODE, OPCODES } from '@sluice/wire';
import { AskedKernel, INIT_6_18 } from './asked-kernel.fixture.ts';
import { PlayedKernel, cannotPlay } from './played-kernel.fixture.ts';
import { attributesOut, entry, longs, name, statxOut, words } from './requests.fixture.ts';

const STALE = 9n | (9n << 32n);
const NO_FILE = 9n | (9n << 32n);

describe.skipIf(cannotPlay !== '')(`each operation, asked byte by byte ${cannotPlay}`, () => {
  let kernel: PlayedKernel;
  let asked: AskedKernel;
  let at: (path: string) => string;
  const ROOT = 1n;

  beforeAll(async () => {
    kernel = new PlayedKernel();
    asked = new AskedKernel(kernel);
    at = (path) => join(kernel.source, path);
    expect((await asked.payload(OPCODE.INIT, 0n, [INIT_6_18])).length).toBe(64);
  });
  afterAll(async () => {
    expect(await kernel.stop()).toBe(0);
  });

  function file(path: string, content = ''): string {
    writeFileSync(at(path), content);
    return at(path);
  }

  async function fileNode(path: string, content = ''): Promise<bigint> {
    file(path, content);
    return asked.lookup(ROOT, path);
  }

  describe('LOOKUP', () => {
    it('answers with the entry of the lower object', async () => {
      const path = file('looked-up', 'hello');
      const payload = await asked.payload(OPCODE.LOOKUP, ROOT, [name('looked-up')]);
      expect(payload).toEqual(entry(payload.readBigUInt64LE(0), path));
    });

    it('gives one object one nodeid, whatever its name, and another object another', async () => {
      const node = await fileNode('one');
      linkSync(at('one'), at('two'));
      expect(await asked.lookup(ROOT, 'two')).toBe(node);
      expect(await fileNode('three')).not.toBe(node);
    });

    it('shows a symbolic link as itself', async () => {
      symlinkSync('/etc', at('link-out'));
      const payload = await asked.payload(OPCODE.LOOKUP, ROOT, [name('link-out')]);
      expect(payload).toEqual(entry(payload.readBigUInt64LE(0), at('link-out')));
      expect(await asked.refusal(OPCODE.LOOKUP, payload.readBigUInt64LE(0), [name('passwd')])).toBe('ENOTDIR');
    });

    it('takes names of any bytes', async () => {
      for (const text of ['\xff\xfe', ' ', '...', 'a\nb', 'n'.repeat(255)]) {
        writeFileSync(Buffer.concat([Buffer.from(`${kernel.source}/`), Buffer.from(text, 'latin1')]), '');
        expect(await asked.lookup(ROOT, text)).toBeGreaterThan(1n);
      }
    });

    it('never leads out of the source', async () => {
      mkdirSync(at('inside'));
      const inside = await asked.lookup(ROOT, 'inside');
      for (const directory of [ROOT, inside]) {
        for (const text of ['..', '.', '../source', '/etc', 'a/b', '']) {
          expect(await asked.refusal(OPCODE.LOOKUP, directory, [name(text)])).toBe('EINVAL');
        }
      }
    });

    it('refuses what is not there, what is no directory, and a stale directory', async () => {
      const node = await fileNode('plain');
      expect(await asked.refusal(OPCODE.LOOKUP, ROOT, [name('missing')])).toBe('ENOENT');
      expect(await asked.refusal(OPCODE.LOOKUP, node, [name('x')])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.LOOKUP, STALE, [name('plain')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.LOOKUP, ROOT, [name('n'.repeat(256))])).toBe('ENAMETOOLONG');
    });
  });

  describe('FORGET and BATCH_FORGET', () => {
    it('make a nodeid stale once all lookups are forgotten', async () => {
      const node = await fileNode('forgotten');
      await asked.lookup(ROOT, 'forgotten');
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      await asked.payload(OPCODE.GETATTR, node, [words(0, 0), longs(0n)]);
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
      expect(await asked.lookup(ROOT, 'forgotten')).not.toBe(node);
    });

    it('of many nodes at once pass over those that are not known', async () => {
      const [a, b] = [await fileNode('batch-a'), await fileNode('batch-b')];
      await asked.tell(OPCODE.BATCH_FORGET, 0n, [words(3, 0), longs(a, 1n, STALE, 1n, b, 9n)]);
      for (const node of [a, b]) {
        expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
      }
    });

    it('leave the root and open files alone', async () => {
      const node = await fileNode('held', 'held');
      const handle = await asked.open(node, O.RDONLY);
      await asked.tell(OPCODE.FORGET, ROOT, [longs(1000n)]);
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      await asked.payload(OPCODE.GETATTR, ROOT, [words(0, 0), longs(0n)]);
      expect((await asked.payload(OPCODE.READ, node, [longs(handle, 0n), words(9, 0), longs(0n, 0n)])).toString()).toBe(
        'held',
      );
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
    });
  });

  describe('GETATTR', () => {
    it('gives the lower object’s attributes, the root’s too', async () => {
      const node = await fileNode('attributes', 'x'.repeat(5000));
      const ask = [words(0, 0), longs(0n)];
      expect(await asked.payload(OPCODE.GETATTR, node, ask)).toEqual(attributesOut(at('attributes')));
      expect(await asked.payload(OPCODE.GETATTR, ROOT, ask)).toEqual(attributesOut(at('.')));
    });

    it('follows changes beneath, a rename on the lower tree, and an open file that was removed', async () => {
      const node = await fileNode('changes', 'x');
      const handle = await asked.open(node, O.RDWR);
      chmodSync(at('changes'), 0o600);
      truncateSync(at('changes'), 12345);
      execFileSync('mv', [at('changes'), at('moved')]);
      const ask = [words(0, 0), longs(0n)];
      expect(await asked.payload(OPCODE.GETATTR, node, ask)).toEqual(attributesOut(at('moved')));
      execFileSync('rm', [at('moved')]);
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
      const node = await fileNode('set', 'x');
      const path = at('set');
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
      const node = await fileNode('old', 'x');
      const body = set(FATTR.MTIME)[0] as Buffer;
      body.writeBigInt64LE(-86_400n, 40);
      await asked.payload(OPCODE.SETATTR, node, [body]);
      expect(lstatSync(at('old'), { bigint: true }).mtimeNs).toBe(-86_400_000_000_000n);
    });

    it('changes a symbolic link’s owner, never its target', async () => {
      file('target');
      symlinkSync('target', at('owned-link'));
      const node = await asked.lookup(ROOT, 'owned-link');
      await asked.payload(OPCODE.SETATTR, node, set(FATTR.UID, { 76: 77 }));
      expect([lstatSync(at('owned-link')).uid, statSync(at('target')).uid]).toEqual([77, 0]);
      expect((await asked.ask(OPCODE.SETATTR, node, set(FATTR.MODE, { 68: 0o777 }))).error).not.toBe(0);
      expect((await asked.ask(OPCODE.SETATTR, node, set(FATTR.SIZE, { 16: 1 }))).error).not.toBe(0);
      expect([statSync(at('target')).mode & 0o777, statSync(at('target')).size]).toEqual([0o644, 0]);
    });

    it('cuts by the open file where the kernel names one, and refuses a stale node', async () => {
      const node = await fileNode('cut', 'abcdef');
      const handle = await asked.open(node, O.RDWR);
      const body = set(FATTR.SIZE | FATTR.FH, { 16: 3 })[0] as Buffer;
      body.writeBigUInt64LE(handle, 8);
      await asked.payload(OPCODE.SETATTR, node, [body]);
      expect(readFileSync(at('cut'), 'utf8')).toBe('abc');
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.SETATTR, STALE, set(0))).toBe('ESTALE');
    });
  });

  describe('making and removing names', () => {
    it('MKDIR, MKNOD and SYMLINK answer with the new entry, which is the caller’s', async () => {
      const as = { uid: 1000, gid: 1001 };
      const made = [
        [OPCODE.MKDIR, 'new-directory', [words(0o751, 0), name('new-directory')]],
        [OPCODE.MKNOD, 'new-fifo', [words(S.IFIFO | 0o640, 0, 0, 0), name('new-fifo')]],
        [OPCODE.MKNOD, 'new-file', [words(S.IFREG | 0o604, 0, 0, 0), name('new-file')]],
        [OPCODE.SYMLINK, 'new-link', [name('new-link'), name('/some/where')]],
      ] as const;
      for (const [opcode, text, parts] of made) {
        const payload = await asked.payload(opcode, ROOT, parts, as);
        expect(payload).toEqual(entry(payload.readBigUInt64LE(0), at(text)));
        const { uid, gid } = lstatSync(at(text));
        expect([uid, gid]).toEqual([1000, 1001]);
      }
      expect(lstatSync(at('new-directory')).mode).toBe(S.IFDIR | 0o751);
      expect(lstatSync(at('new-fifo')).mode).toBe(S.IFIFO | 0o640);
      expect(lstatSync(at('new-file')).mode).toBe(S.IFREG | 0o604);
      expect(readlinkSync(at('new-link'))).toBe('/some/where');
    });

    it('READLINK gives a link’s text without a NUL, and refuses what is no link', async () => {
      symlinkSync('t'.repeat(4000), at('long-link'));
      const node = await asked.lookup(ROOT, 'long-link');
      expect((await asked.payload(OPCODE.READLINK, node)).toString()).toBe('t'.repeat(4000));
      expect((await asked.ask(OPCODE.READLINK, ROOT)).error).not.toBe(0);
      expect(await asked.refusal(OPCODE.READLINK, STALE)).toBe('ESTALE');
    });

    it('UNLINK and RMDIR remove, and refuse each other’s objects', async () => {
      file('gone');
      mkdirSync(at('gone-directory'));
      expect(await asked.refusal(OPCODE.RMDIR, ROOT, [name('gone')])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.UNLINK, ROOT, [name('gone-directory')])).toBe('EISDIR');
      expect((await asked.payload(OPCODE.UNLINK, ROOT, [name('gone')])).length).toBe(0);
      expect((await asked.payload(OPCODE.RMDIR, ROOT, [name('gone-directory')])).length).toBe(0);
      expect([existsSync(at('gone')), existsSync(at('gone-directory'))]).toEqual([false, false]);
      expect(await asked.refusal(OPCODE.UNLINK, ROOT, [name('gone')])).toBe('ENOENT');
    });

    it('RENAME moves between directories, and the node goes along', async () => {
      mkdirSync(at('from'));
      mkdirSync(at('to'));
      file('from/x', 'moved');
      const [from, to] = [await asked.lookup(ROOT, 'from'), await asked.lookup(ROOT, 'to')];
      const node = await asked.lookup(from, 'x');
      expect((await asked.payload(OPCODE.RENAME, from, [longs(to), name('x'), name('y')])).length).toBe(0);
      expect(readFileSync(at('to/y'), 'utf8')).toBe('moved');
      expect(await asked.lookup(to, 'y')).toBe(node);
      expect(await asked.refusal(OPCODE.RENAME, from, [longs(STALE), name('x'), name('y')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.RENAME, ROOT, [longs(to), name('to'), name('z')])).toBe('EINVAL');
    });

    it('RENAME2 spares what is there, exchanges two, and knows no other flags', async () => {
      file('first', '1');
      file('second', '2');
      const move = (flags: number): Buffer[] => [
        longs(ROOT),
        words(flags, 0),
        name('first'),
        name('second'),
      ];
      const [first, second] = [await asked.lookup(ROOT, 'first'), await asked.lookup(ROOT, 'second')];
      expect(await asked.refusal(OPCODE.RENAME2, ROOT, move(1))).toBe('EEXIST');
      await asked.payload(OPCODE.RENAME2, ROOT, move(2));
      expect([readFileSync(at('first'), 'utf8'), readFileSync(at('second'), 'utf8')]).toEqual(['2', '1']);
      expect(await asked.lookup(ROOT, 'first')).toBe(second);
      expect(await asked.lookup(ROOT, 'second')).toBe(first);
      expect(await asked.refusal(OPCODE.RENAME2, ROOT, move(0x80))).toBe('EINVAL');
    });

    it('LINK gives a node another name, and refuses a stale node', async () => {
      const node = await fileNode('linked');
      const payload = await asked.payload(OPCODE.LINK, ROOT, [longs(node), name('linked-too')]);
      expect(payload).toEqual(entry(node, at('linked-too')));
      expect(await asked.refusal(OPCODE.LINK, ROOT, [longs(STALE), name('z')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.LINK, ROOT, [longs(ROOT), name('z')])).toBe('EPERM');
    });

    it('all refuse a stale directory and names that are no single component', async () => {
      const forms = (text: string): [number, Buffer[]][] => [
        [OPCODE.MKDIR, [words(0o755, 0), name(text)]],
        [OPCODE.MKNOD, [words(S.IFREG | 0o644, 0, 0, 0), name(text)]],
        [OPCODE.SYMLINK, [name(text), name('target')]],
        [OPCODE.UNLINK, [name(text)]],
        [OPCODE.RMDIR, [name(text)]],
        [OPCODE.RENAME, [longs(ROOT), name(text), name('z')]],
        [OPCODE.RENAME, [longs(ROOT), name('looked-up'), name(text)]],
        [OPCODE.RENAME2, [longs(ROOT), words(0, 0), name('looked-up'), name(text)]],
        [OPCODE.LINK, [longs(ROOT), name(text)]],
        [OPCODE.CREATE, [words(O.RDWR, 0o644, 0, 0), name(text)]],
      ];
      for (const text of ['..', '.', '../outside', 'a/b', '/', '']) {
        for (const [opcode, parts] of forms(text)) expect(await asked.refusal(opcode, ROOT, parts)).toBe('EINVAL');
      }
      for (const [opcode, parts] of forms('z')) {
        if (opcode !== OPCODE.LINK) expect(await asked.refusal(opcode, STALE, parts)).toBe('ESTALE');
      }
      expect(readdirSync(kernel.place).sort()).toEqual(['source', 'volume-server.cjs']);
    });
  });

  describe('files', () => {
    const readArgument = (handle: bigint, offset: bigint, size: number): Buffer[] => [
      longs(handle, offset),
      words(size, 0),
      longs(0n, 0n),
    ];
    const writeArgument = (handle: bigint, offset: bigint, data: Buffer, flags = 0): Buffer[] => [
      longs(handle, offset),
      words(data.length, flags),
      longs(0n, 0n),
      data,
    ];

    it('OPEN, READ, WRITE and RELEASE work on the lower file', async () => {
      const node = await fileNode('data', 'some lower bytes');
      const reply = await asked.payload(OPCODE.OPEN, node, [words(O.RDWR, 0)]);
      expect(reply.subarray(8)).toEqual(words(0, 0));
      const handle = reply.readBigUInt64LE(0);
      expect((await asked.payload(OPCODE.READ, node, readArgument(handle, 5n, 5))).toString()).toBe('lower');
      const written = await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 5n, Buffer.from('LOWER')));
      expect(written).toEqual(words(5, 0));
      expect(readFileSync(at('data'), 'utf8')).toBe('some LOWER bytes');
      expect((await asked.payload(OPCODE.READ, node, readArgument(handle, 100n, 5))).length).toBe(0);
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.READ, node, readArgument(handle, 0n, 5))).toBe('EBADF');
    });

    it('READ and WRITE carry a whole MiB, and offsets beyond 4 GiB', async () => {
      const node = await fileNode('large');
      const handle = await asked.open(node, O.RDWR);
      const data = Buffer.alloc(1 << 20, 'sixteen bytes...');
      expect(await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 7n, data))).toEqual(words(1 << 20, 0));
      const back = await asked.payload(OPCODE.READ, node, readArgument(handle, 7n, 1 << 20));
      expect(back.equals(data)).toBe(true);
      const negative = 2n ** 64n - 1n;
      expect(await asked.refusal(OPCODE.READ, node, readArgument(handle, negative, 1))).toBe('EINVAL');
      // Beyond the largest size that this process may give a file.
      const refused = writeArgument(handle, 5n << 32n, Buffer.from('x'));
      expect(await asked.refusal(OPCODE.WRITE, node, refused)).toBe('EFBIG');
      await asked.release(node, handle);
    });

    it('WRITE to a file open for appending appends; a page written back goes where it belongs', async () => {
      const node = await fileNode('appended', 'abc');
      const handle = await asked.open(node, O.WRONLY | O.APPEND);
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 0n, Buffer.from('def')));
      expect(readFileSync(at('appended'), 'utf8')).toBe('abcdef');
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 1n, Buffer.from('XY'), 1));
      expect(readFileSync(at('appended'), 'utf8')).toBe('aXYdef');
      const other = await fileNode('not-appended', 'abc');
      await asked.payload(OPCODE.WRITE, other, writeArgument(handle, 0n, Buffer.from('Z'), 1));
      expect(readFileSync(at('not-appended'), 'utf8')).toBe('abc');
      await asked.release(node, handle);
    });

    it('OPEN with O_TRUNC empties the file; access that the open does not have is EBADF', async () => {
      const node = await fileNode('emptied', 'abc');
      const writer = await asked.open(node, O.WRONLY | O.TRUNC);
      expect(readFileSync(at('emptied'), 'utf8')).toBe('');
      expect(await asked.refusal(OPCODE.READ, node, readArgument(writer, 0n, 1))).toBe('EBADF');
      const reader = await asked.open(node, O.RDONLY);
      const refused = writeArgument(reader, 0n, Buffer.from('x'));
      expect(await asked.refusal(OPCODE.WRITE, node, refused)).toBe('EBADF');
      await asked.release(node, writer);
      await asked.release(node, reader);
    });

    it('OPEN refuses what is no regular file, at once, and a stale node', async () => {
      execFileSync('mkfifo', [at('fifo')]);
      symlinkSync('/etc/passwd', at('passwd'));
      const flags = [O.RDONLY, O.WRONLY, O.RDWR | O.TRUNC];
      for (const each of flags) {
        const ask = [words(each, 0)];
        expect(await asked.refusal(OPCODE.OPEN, await asked.lookup(ROOT, 'fifo'), ask)).toBe('EINVAL');
        expect(await asked.refusal(OPCODE.OPEN, await asked.lookup(ROOT, 'passwd'), ask)).toBe('EINVAL');
        expect(await asked.refusal(OPCODE.OPEN, ROOT, ask)).toBe('EISDIR');
        expect(await asked.refusal(OPCODE.OPEN, STALE, ask)).toBe('ESTALE');
      }
    });

    it('CREATE makes and opens a file of the caller’s; with O_EXCL only a new one', async () => {
      const create = (flags: number, text: string): Buffer[] => [words(flags, 0o640, 0, 0), name(text)];
      const as = { uid: 1000, gid: 1001 };
      const payload = await asked.payload(OPCODE.CREATE, ROOT, create(O.RDWR | O.EXCL, 'created'), as);
      const node = payload.readBigUInt64LE(0);
      expect(payload.length).toBe(144);
      expect(payload.subarray(0, 128)).toEqual(entry(node, at('created')));
      expect(payload.subarray(136)).toEqual(words(0, 0));
      const stat = lstatSync(at('created'));
      expect([stat.uid, stat.gid, stat.mode]).toEqual([1000, 1001, S.IFREG | 0o640]);
      const handle = payload.readBigUInt64LE(128);
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 0n, Buffer.from('new')));
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.CREATE, ROOT, create(O.RDWR | O.EXCL, 'created'))).toBe('EEXIST');
      const again = await asked.payload(OPCODE.CREATE, ROOT, create(O.RDWR | O.TRUNC, 'created'));
      expect(again.readBigUInt64LE(0)).toBe(node);
      expect(readFileSync(at('created'), 'utf8')).toBe('');
      await asked.release(node, again.readBigUInt64LE(128));
    });

    it('CREATE on a link, a directory or a FIFO lets the kernel look again, and follows nothing', async () => {
      symlinkSync('../beside', at('dangling'));
      mkdirSync(at('a-directory'));
      execFileSync('mkfifo', [at('a-fifo')]);
      for (const text of ['dangling', 'a-directory', 'a-fifo']) {
        for (const access of [O.RDONLY, O.WRONLY, O.RDWR]) {
          const parts = [words(access, 0o644, 0, 0), name(text)];
          if (text === 'a-directory' && access === O.RDONLY) continue;
          expect(await asked.refusal(OPCODE.CREATE, ROOT, parts), `${text} ${access}`).toBe('ESTALE');
        }
      }
      expect(existsSync(join(kernel.place, 'beside'))).toBe(false);
    });

    it('TMPFILE makes a file without a name, which LINK may name', async () => {
      const payload = await asked.payload(OPCODE.TMPFILE, ROOT, [words(O.RDWR, 0o600, 0, 0), name('/')]);
      expect(payload.length).toBe(144);
      const node = payload.readBigUInt64LE(0);
      expect(payload.readUInt32LE(40 + 64)).toBe(0);
      await asked.payload(OPCODE.LINK, ROOT, [longs(node), name('named')]);
      expect(lstatSync(at('named')).nlink).toBe(1);
      await asked.release(node, payload.readBigUInt64LE(128));
      expect(await asked.refusal(OPCODE.TMPFILE, STALE, [words(O.RDWR, 0o600, 0, 0), name('/')])).toBe('ESTALE');
    });

    it('FSYNC, FALLOCATE, LSEEK and COPY_FILE_RANGE go to the lower file', async () => {
      const node = await fileNode('ranges', 'abcdef');
      const other = await fileNode('copied', '');
      const [handle, target] = [await asked.open(node, O.RDWR), await asked.open(other, O.RDWR)];
      for (const flags of [0, 1]) {
        expect((await asked.payload(OPCODE.FSYNC, node, [longs(handle), words(flags, 0)])).length).toBe(0);
      }
      const grow = [longs(handle, 0n, 100_000n), words(0, 0)];
      expect((await asked.payload(OPCODE.FALLOCATE, node, grow)).length).toBe(0);
      expect(lstatSync(at('ranges')).size).toBe(100_000);
      const punch = [longs(handle, 0n, 2n), words(FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, 0)];
      await asked.payload(OPCODE.FALLOCATE, node, punch);
      expect(readFileSync(at('ranges')).subarray(0, 3)).toEqual(Buffer.from('\0\0c'));
      truncateSync(at('ranges'), 1 << 20);
      const hole = await asked.payload(OPCODE.LSEEK, node, [longs(handle, 0n), words(SEEK.HOLE, 0)]);
      expect(hole.length).toBe(8);
      expect(hole.readBigUInt64LE(0)).toBeLessThanOrEqual(1n << 20n);
      const beyond = [longs(handle, 1n << 40n), words(SEEK.DATA, 0)];
      expect(await asked.refusal(OPCODE.LSEEK, node, beyond)).toBe('ENXIO');
      const copy = [longs(handle, 2n, other, target, 1n, 4n, 0n)];
      expect(await asked.payload(OPCODE.COPY_FILE_RANGE, node, copy)).toEqual(words(4, 0));
      expect(readFileSync(at('copied'))).toEqual(Buffer.from('\0cdef'));
      expect(await asked.payload(OPCODE.COPY_FILE_RANGE_64, node, copy)).toEqual(longs(4n));
      await asked.release(node, handle);
      await asked.release(other, target);
    });

    it('all refuse a handle that was never given, was closed, or is a directory’s', async () => {
      const node = await fileNode('closed');
      const closed = await asked.open(node, O.RDWR);
      await asked.release(node, closed);
      const forms = (handle: bigint): [number, Buffer[]][] => [
        [OPCODE.READ, readArgument(handle, 0n, 10)],
        [OPCODE.WRITE, writeArgument(handle, 0n, Buffer.from('x'))],
        [OPCODE.FSYNC, [longs(handle), words(0, 0)]],
        [OPCODE.FSYNCDIR, [longs(handle), words(0, 0)]],
        [OPCODE.FALLOCATE, [longs(handle, 0n, 1n), words(0, 0)]],
        [OPCODE.LSEEK, [longs(handle, 0n), words(SEEK.DATA, 0)]],
        [OPCODE.COPY_FILE_RANGE, [longs(handle, 0n, node, handle, 0n, 1n, 0n)]],
        [OPCODE.COPY_FILE_RANGE_64, [longs(handle, 0n, node, handle, 0n, 1n, 0n)]],
        [OPCODE.READDIR, readArgument(handle, 0n, 4096)],
        [OPCODE.READDIRPLUS, readArgument(handle, 0n, 4096)],
      ];
      for (const handle of [closed, NO_FILE, 0n, 2n ** 64n - 1n]) {
        for (const [opcode, parts] of forms(handle)) {
          expect(await asked.refusal(opcode, node, parts)).toBe('EBADF');
        }
        // Nobody waits for the answer to a release.
        await asked.release(node, handle);
      }
      const directory = await asked.open(ROOT, 0, OPCODE.OPENDIR);
      for (const [opcode, parts] of forms(directory).slice(0, 2)) {
        expect(['EBADF', 'EISDIR']).toContain(await asked.refusal(opcode, node, parts));
      }
      await asked.release(ROOT, directory, OPCODE.RELEASEDIR);
    });
  });

  describe('directories', () => {
    interface Listed {
      name: string;
      ino: bigint;
      type: number;
      off: bigint;
    }

    const list = async (node: bigint, handle: bigint, size: number, plus: boolean): Promise<Listed[]> => {
      const found: Listed[] = [];
      const opcode = plus ? OPCODE.READDIRPLUS : OPCODE.READDIR;
      for (let offset = 0n; ;) {
        const argument = [longs(handle, offset), words(size, 0), longs(0n, 0n)];
        const payload = await asked.payload(opcode, node, argument);
        expect(payload.length).toBeLessThanOrEqual(size);
        if (payload.length === 0) return found;
        for (let start = 0; start < payload.length;) {
          const dirent = start + (plus ? 128 : 0);
          const length = payload.readUInt32LE(dirent + 16);
          const text = payload.subarray(dirent + 24, dirent + 24 + length).toString();
          const end = (dirent + 24 + length + 7) & ~7;
          expect(payload.subarray(dirent + 24 + length, end).every((byte) => byte === 0)).toBe(true);
          if (plus && text !== '.' && text !== '..') {
            const expected = entry(payload.readBigUInt64LE(start), at(`listed/${text}`));
            expect(payload.subarray(start, start + 128)).toEqual(expected);
          } else if (plus) {
            expect(payload.subarray(start, start + 128)).toEqual(Buffer.alloc(128));
          }
          offset = payload.readBigUInt64LE(dirent + 8);
          const [ino, type] = [payload.readBigUInt64LE(dirent), payload.readUInt32LE(dirent + 20)];
          found.push({ name: text, ino, type, off: offset });
          start = end;
        }
      }
    };

    it('READDIR and READDIRPLUS list them whole, in replies of any size, as the lower tree has them', async () => {
      mkdirSync(at('listed'));
      for (let i = 0; i < 300; i++) file(`listed/${'n'.repeat(1 + (i % 200))}${i}`);
      mkdirSync(at('listed/sub'));
      symlinkSync('x', at('listed/link'));
      const node = await asked.lookup(ROOT, 'listed');
      const handle = await asked.open(node, 0, OPCODE.OPENDIR);
      const expected = ['.', '..', ...readdirSync(at('listed'))].sort();
      const whole = await list(node, handle, 4096, false);
      expect(whole.map((each) => each.name).sort()).toEqual(expected);
      for (const { name: text, ino, type } of whole) {
        const stat = lstatSync(at(`listed/${text}`), { bigint: true });
        expect([ino, type]).toEqual([stat.ino, Number(stat.mode) >>> 12]);
      }
      for (const [size, plus] of [
        [512, false],
        [1 << 17, false],
        [0xffff_ffff, false],
        [640, true],
        [1 << 16, true],
      ] as const) {
        expect((await list(node, handle, size, plus)).map((each) => each.name).sort()).toEqual(expected);
      }
      // Every place that was given out can be gone back to.
      const middle = whole[150] as Listed;
      const argument = [longs(handle, middle.off), words(4096, 0), longs(0n, 0n)];
      const payload = await asked.payload(OPCODE.READDIR, node, argument);
      expect(payload.subarray(24, 24 + payload.readUInt32LE(16)).toString()).toBe(whole[151]?.name);
      expect((await asked.payload(OPCODE.FSYNCDIR, node, [longs(handle), words(0, 0)])).length).toBe(0);
      await asked.release(node, handle, OPCODE.RELEASEDIR);
    });

    it('a place that the lower directory refuses leaves the next read where it belongs', async () => {
      const node = await asked.lookup(ROOT, 'listed');
      const handle = await asked.open(node, 0, OPCODE.OPENDIR);
      const ask = (offset: bigint): Buffer[] => [longs(handle, offset), words(512, 0), longs(0n, 0n)];
      const first = await asked.payload(OPCODE.READDIR, node, ask(0n));
      const impossible = 1n << 63n;
      expect(await asked.refusal(OPCODE.READDIR, node, ask(impossible))).toBe('EINVAL');
      expect(await asked.refusal(OPCODE.READDIR, node, ask(impossible))).toBe('EINVAL');
      expect(await asked.payload(OPCODE.READDIR, node, ask(0n))).toEqual(first);
      await asked.release(node, handle, OPCODE.RELEASEDIR);
    });

    it('OPENDIR refuses files and stale nodes; READDIR refuses a file’s handle', async () => {
      const node = await fileNode('no-directory');
      expect(await asked.refusal(OPCODE.OPENDIR, node, [words(0, 0)])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.OPENDIR, STALE, [words(0, 0)])).toBe('ESTALE');
      const handle = await asked.open(node, O.RDONLY);
      const argument = [longs(handle, 0n), words(4096, 0), longs(0n, 0n)];
      expect(await asked.refusal(OPCODE.READDIR, node, argument)).toBe('EBADF');
      await asked.release(node, handle);
    });
  });

  describe('extended attributes', () => {
    it('are set, read, listed and removed, on files and directories', async () => {
      mkdirSync(at('x-directory'));
      for (const node of [await fileNode('x-file'), await asked.lookup(ROOT, 'x-directory')]) {
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
      const node = await fileNode('x-empty');
      await asked.payload(OPCODE.SETXATTR, node, [words(0, 0, 0, 0), name('user.empty')]);
      expect((await asked.payload(OPCODE.GETXATTR, node, [words(10, 0), name('user.empty')])).length).toBe(0);
      expect(await asked.refusal(OPCODE.SETXATTR, STALE, [words(0, 0, 0, 0), name('user.a')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.GETXATTR, STALE, [words(0, 0), name('user.a')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.LISTXATTR, STALE, [words(0, 0)])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.REMOVEXATTR, STALE, [name('user.a')])).toBe('ESTALE');
    });
  });

  it('STATX gives the attributes and the birth time', async () => {
    const node = await fileNode('statx', 'abc');
    const payload = await asked.payload(OPCODE.STATX, node, [words(0, 0), longs(0n), words(0, 0xfff)]);
    expect(payload).toEqual(statxOut(at('statx')));
    const ask = [words(0, 0), longs(0n), words(0, 0xfff)];
    expect(await asked.refusal(OPCODE.STATX, STALE, ask)).toBe('ESTALE');
  });

  it('IOCTL knows the inode flags and nothing else', async () => {
    const node = await fileNode('flags');
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

  it('SYNCFS is done and answered', async () => {
    expect((await asked.payload(OPCODE.SYNCFS, ROOT, [longs(0n)])).length).toBe(0);
  });

  it('STATFS tells the lower file system’s', async () => {
    const payload = await asked.payload(OPCODE.STATFS, ROOT);
    expect(payload.length).toBe(80);
    const [blockSize, total, nameLength] = execFileSync('stat', ['-f', '-c', '%s %b %l', kernel.source])
      .toString()
      .split(' ')
      .map(Number);
    expect(payload.readUInt32LE(40)).toBe(blockSize);
    expect(Number(payload.readBigUInt64LE(0))).toBe(total);
    expect(payload.readUInt32LE(44)).toBe(nameLength);
    expect(payload.subarray(52)).toEqual(Buffer.alloc(28));
  });

  it('what the kernel can do without is ENOSYS, so that it does not ask again', async () => {
    const lock = [longs(0n, 0n, 0n, 0n), words(0, 0, 0, 0)];
    const forms: [number, Buffer[]][] = [
      [OPCODE.FLUSH, [longs(0n, 0n, 0n)]],
      [OPCODE.GETLK, lock],
      [OPCODE.SETLK, lock],
      [OPCODE.SETLKW, lock],
      [OPCODE.ACCESS, [words(4, 0)]],
      [OPCODE.BMAP, [longs(0n, 0n)]],
      [OPCODE.POLL, [longs(0n, 0n), words(0, 0)]],
      [OPCODE.SETUPMAPPING, [longs(0n, 0n, 0n, 0n, 0n)]],
      [OPCODE.REMOVEMAPPING, [words(0)]],
      [OPCODE.CANONICAL_PATH, []],
      [OPCODE.CUSE_INIT, [words(7, 45, 0, 0)]],
    ];
    for (const [opcode, parts] of forms) expect(await asked.refusal(opcode, ROOT, parts)).toBe('ENOSYS');
    for (const opcode of [0, 7, 19, 99, 4097, 0xffff_ffff]) {
      expect(await asked.refusal(opcode, ROOT, [longs(0n)])).toBe('ENOSYS');
    }
  });

  it('INTERRUPT and NOTIFY_REPLY have no reply, whole or broken', async () => {
    await asked.tell(OPCODE.INTERRUPT, 0n, [longs(2n)]);
    await asked.tell(OPCODE.INTERRUPT, 0n);
    await asked.tell(OPCODE.NOTIFY_REPLY, 0n, [longs(0n, 0n), words(0, 0), longs(0n, 0n)]);
    await asked.tell(OPCODE.NOTIFY_REPLY, 0n, [longs(0n)]);
    await asked.tell(OPCODE.FORGET, ROOT);
    await asked.tell(OPCODE.BATCH_FORGET, 0n, [words(0xffff_ffff, 0), longs(ROOT, 1n)]);
  });

  it('a message too short for a header is dropped, one whose length lies is EIO', async () => {
    await kernel.send(Buffer.alloc(39, 1));
    await kernel.send(Buffer.alloc(1));
    await asked.barrier();
    const lying = Buffer.alloc(48);
    lying.writeUInt32LE(40, 0);
    lying.writeUInt32LE(OPCODE.GETATTR, 4);
    lying.writeBigUInt64LE(77n, 8);
    const { error, unique, length } = await kernel.exchange(lying);
    expect([error, unique, length]).toEqual([-5, 77n, 16]);
  });

  it('DESTROY is answered, and so is what comes after it', async () => {
    expect((await asked.payload(OPCODE.DESTROY, 0n)).length).toBe(0);
    expect(await asked.payload(OPCODE.GETATTR, ROOT, [words(0, 0), longs(0n)])).toEqual(attributesOut(at('.')));
  });

  it('every opcode has been asked, none met a defect, and nothing is left over', async () => {
    const missing = OPCODES.filter(({ number }) => !asked.asked.has(number)).map((each) => each.name);
    expect(missing).toEqual([]);
    const { faults, openFiles, stray, undelivered } = await kernel.state();
    expect({ faults, openFiles, stray, undelivered }).toEqual({
      faults: 0,
      openFiles: 0,
      stray: false,
      undelivered: 0,
    });
  });
});
