import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FALLOC, O, S, SEEK } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel, ROOT, STALE } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { entry, longs, name, words } from '../requests.fixture.ts';

describe.skipIf(cannotPlay !== '')(`files, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
  });

  describe('operations on them', () => {
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
      const node = await asked.fileNode('data', 'some lower bytes');
      const reply = await asked.payload(OPCODE.OPEN, node, [words(O.RDWR, 0)]);
      expect(reply.subarray(8)).toEqual(words(0, 0));
      const handle = reply.readBigUInt64LE(0);
      expect((await asked.payload(OPCODE.READ, node, readArgument(handle, 5n, 5))).toString()).toBe('lower');
      const written = await asked.payload(
        OPCODE.WRITE,
        node,
        writeArgument(handle, 5n, Buffer.from('LOWER')),
      );
      expect(written).toEqual(words(5, 0));
      expect(readFileSync(asked.at('data'), 'utf8')).toBe('some LOWER bytes');
      expect((await asked.payload(OPCODE.READ, node, readArgument(handle, 100n, 5))).length).toBe(0);
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.READ, node, readArgument(handle, 0n, 5))).toBe('EBADF');
    });

    it('READ and WRITE carry a whole MiB, and offsets beyond 4 GiB', async () => {
      const node = await asked.fileNode('large');
      const handle = await asked.open(node, O.RDWR);
      const data = Buffer.alloc(1 << 20, 'sixteen bytes...');
      expect(await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 7n, data))).toEqual(
        words(1 << 20, 0),
      );
      const back = await asked.payload(OPCODE.READ, node, readArgument(handle, 7n, 1 << 20));
      expect(back.equals(data)).toBe(true);
      const negative = 2n ** 64n - 1n;
      expect(await asked.refusal(OPCODE.READ, node, readArgument(handle, negative, 1))).toBe('EINVAL');
      // Beyond the largest size that this process may give a file.
      const refused = writeArgument(handle, 5n << 32n, Buffer.from('x'));
      expect(await asked.refusal(OPCODE.WRITE, node, refused)).toBe('EFBIG');
      await asked.release(node, handle);
    });

    it('READ of more than a reply has room for gives as much as it has', async () => {
      const content = Buffer.alloc(3 << 20, 'thirteen byte');
      writeFileSync(asked.at('larger'), content);
      const node = await asked.lookup(ROOT, 'larger');
      const handle = await asked.open(node, O.RDONLY);
      for (const size of [2 << 20, 0x7fff_ffff, 0xffff_ffff]) {
        const got = await asked.payload(OPCODE.READ, node, readArgument(handle, 1n, size));
        expect(got.length).toBeGreaterThanOrEqual(1 << 20);
        expect(got.length).toBeLessThan((1 << 20) + 8192);
        expect(got.equals(content.subarray(1, 1 + got.length))).toBe(true);
      }
      await asked.release(node, handle);
    });

    it('WRITE to a file open for appending appends; a page written back goes where it belongs', async () => {
      const node = await asked.fileNode('appended', 'abc');
      const handle = await asked.open(node, O.WRONLY | O.APPEND);
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 0n, Buffer.from('def')));
      expect(readFileSync(asked.at('appended'), 'utf8')).toBe('abcdef');
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 1n, Buffer.from('XY'), 1));
      expect(readFileSync(asked.at('appended'), 'utf8')).toBe('aXYdef');
      const other = await asked.fileNode('not-appended', 'abc');
      await asked.payload(OPCODE.WRITE, other, writeArgument(handle, 0n, Buffer.from('Z'), 1));
      expect(readFileSync(asked.at('not-appended'), 'utf8')).toBe('abc');
      await asked.release(node, handle);
    });

    it('WRITE of pages from a mapping makes no file longer: what was cut off meanwhile is dropped', async () => {
      const node = await asked.fileNode('cut', 'cut to this');
      const handle = await asked.open(node, O.RDWR);
      const page = Buffer.alloc(4096, 'x');
      expect(await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 7n, page, 1))).toEqual(
        words(4096, 0),
      );
      expect(readFileSync(asked.at('cut'), 'utf8')).toBe('cut to xxxx');
      expect(await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 4096n, page, 1))).toEqual(
        words(4096, 0),
      );
      expect(readFileSync(asked.at('cut'), 'utf8')).toBe('cut to xxxx');
      await asked.release(node, handle);
    });

    it('OPEN with O_TRUNC empties the file; access that the open does not have is EBADF', async () => {
      const node = await asked.fileNode('emptied', 'abc');
      const writer = await asked.open(node, O.WRONLY | O.TRUNC);
      expect(readFileSync(asked.at('emptied'), 'utf8')).toBe('');
      expect(await asked.refusal(OPCODE.READ, node, readArgument(writer, 0n, 1))).toBe('EBADF');
      const reader = await asked.open(node, O.RDONLY);
      const refused = writeArgument(reader, 0n, Buffer.from('x'));
      expect(await asked.refusal(OPCODE.WRITE, node, refused)).toBe('EBADF');
      await asked.release(node, writer);
      await asked.release(node, reader);
    });

    it('OPEN refuses what is no regular file, at once, and a stale node', async () => {
      execFileSync('mkfifo', [asked.at('fifo')]);
      symlinkSync('/etc/passwd', asked.at('passwd'));
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
      expect(payload.subarray(0, 128)).toEqual(entry(node, asked.at('created')));
      expect(payload.subarray(136)).toEqual(words(0, 0));
      const stat = lstatSync(asked.at('created'));
      expect([stat.uid, stat.gid, stat.mode]).toEqual([1000, 1001, S.IFREG | 0o640]);
      const handle = payload.readBigUInt64LE(128);
      await asked.payload(OPCODE.WRITE, node, writeArgument(handle, 0n, Buffer.from('new')));
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.CREATE, ROOT, create(O.RDWR | O.EXCL, 'created'))).toBe('EEXIST');
      const again = await asked.payload(OPCODE.CREATE, ROOT, create(O.RDWR | O.TRUNC, 'created'));
      expect(again.readBigUInt64LE(0)).toBe(node);
      expect(readFileSync(asked.at('created'), 'utf8')).toBe('');
      await asked.release(node, again.readBigUInt64LE(128));
    });

    it('CREATE on a link, a directory or a FIFO lets the kernel look again, and follows nothing', async () => {
      symlinkSync('../beside', asked.at('dangling'));
      mkdirSync(asked.at('a-directory'));
      execFileSync('mkfifo', [asked.at('a-fifo')]);
      for (const text of ['dangling', 'a-directory', 'a-fifo']) {
        for (const access of [O.RDONLY, O.WRONLY, O.RDWR]) {
          const parts = [words(access, 0o644, 0, 0), name(text)];
          if (text === 'a-directory' && access === O.RDONLY) continue;
          expect(await asked.refusal(OPCODE.CREATE, ROOT, parts), `${text} ${access}`).toBe('ESTALE');
        }
      }
      expect(existsSync(join(asked.kernel.place, 'beside'))).toBe(false);
    });

    it('TMPFILE makes a file without a name, which LINK may name', async () => {
      const payload = await asked.payload(OPCODE.TMPFILE, ROOT, [words(O.RDWR, 0o600, 0, 0), name('/')]);
      expect(payload.length).toBe(144);
      const node = payload.readBigUInt64LE(0);
      expect(payload.readUInt32LE(40 + 64)).toBe(0);
      await asked.payload(OPCODE.LINK, ROOT, [longs(node), name('named')]);
      expect(lstatSync(asked.at('named')).nlink).toBe(1);
      await asked.release(node, payload.readBigUInt64LE(128));
      expect(await asked.refusal(OPCODE.TMPFILE, STALE, [words(O.RDWR, 0o600, 0, 0), name('/')])).toBe(
        'ESTALE',
      );
    });

    it('FSYNC, FALLOCATE, LSEEK and COPY_FILE_RANGE go to the lower file', async () => {
      const node = await asked.fileNode('ranges', 'abcdef');
      const other = await asked.fileNode('copied', '');
      const [handle, target] = [await asked.open(node, O.RDWR), await asked.open(other, O.RDWR)];
      for (const flags of [0, 1]) {
        expect((await asked.payload(OPCODE.FSYNC, node, [longs(handle), words(flags, 0)])).length).toBe(0);
      }
      const grow = [longs(handle, 0n, 100_000n), words(0, 0)];
      expect((await asked.payload(OPCODE.FALLOCATE, node, grow)).length).toBe(0);
      expect(lstatSync(asked.at('ranges')).size).toBe(100_000);
      const punch = [longs(handle, 0n, 2n), words(FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, 0)];
      await asked.payload(OPCODE.FALLOCATE, node, punch);
      expect(readFileSync(asked.at('ranges')).subarray(0, 3)).toEqual(Buffer.from('\0\0c'));
      truncateSync(asked.at('ranges'), 1 << 20);
      const hole = await asked.payload(OPCODE.LSEEK, node, [longs(handle, 0n), words(SEEK.HOLE, 0)]);
      expect(hole.length).toBe(8);
      expect(hole.readBigUInt64LE(0)).toBeLessThanOrEqual(1n << 20n);
      const beyond = [longs(handle, 1n << 40n), words(SEEK.DATA, 0)];
      expect(await asked.refusal(OPCODE.LSEEK, node, beyond)).toBe('ENXIO');
      const copy = [longs(handle, 2n, other, target, 1n, 4n, 0n)];
      expect(await asked.payload(OPCODE.COPY_FILE_RANGE, node, copy)).toEqual(words(4, 0));
      expect(readFileSync(asked.at('copied'))).toEqual(Buffer.from('\0cdef'));
      expect(await asked.payload(OPCODE.COPY_FILE_RANGE_64, node, copy)).toEqual(longs(4n));
      await asked.release(node, handle);
      await asked.release(other, target);
    });

    it('all refuse a handle that was never given, was closed, or is a directory’s', async () => {
      const node = await asked.fileNode('closed');
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
      for (const handle of [closed, STALE, 0n, 2n ** 64n - 1n]) {
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
});
