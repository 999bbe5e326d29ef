import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O, S } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel, ROOT, STALE } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { entry, longs, name, words } from '../requests.fixture.ts';

describe.skipIf(cannotPlay !== '')(`names, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
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
        expect(payload).toEqual(entry(payload.readBigUInt64LE(0), asked.at(text)));
        const { uid, gid } = lstatSync(asked.at(text));
        expect([uid, gid]).toEqual([1000, 1001]);
      }
      expect(lstatSync(asked.at('new-directory')).mode).toBe(S.IFDIR | 0o751);
      expect(lstatSync(asked.at('new-fifo')).mode).toBe(S.IFIFO | 0o640);
      expect(lstatSync(asked.at('new-file')).mode).toBe(S.IFREG | 0o604);
      expect(readlinkSync(asked.at('new-link'))).toBe('/some/where');
    });

    it('READLINK gives a link’s text without a NUL, and refuses what is no link', async () => {
      symlinkSync('t'.repeat(4000), asked.at('long-link'));
      const node = await asked.lookup(ROOT, 'long-link');
      expect((await asked.payload(OPCODE.READLINK, node)).toString()).toBe('t'.repeat(4000));
      expect((await asked.ask(OPCODE.READLINK, ROOT)).error).not.toBe(0);
      expect(await asked.refusal(OPCODE.READLINK, STALE)).toBe('ESTALE');
    });

    it('UNLINK and RMDIR remove, and refuse each other’s objects', async () => {
      asked.file('gone');
      mkdirSync(asked.at('gone-directory'));
      expect(await asked.refusal(OPCODE.RMDIR, ROOT, [name('gone')])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.UNLINK, ROOT, [name('gone-directory')])).toBe('EISDIR');
      expect((await asked.payload(OPCODE.UNLINK, ROOT, [name('gone')])).length).toBe(0);
      expect((await asked.payload(OPCODE.RMDIR, ROOT, [name('gone-directory')])).length).toBe(0);
      expect([existsSync(asked.at('gone')), existsSync(asked.at('gone-directory'))]).toEqual([false, false]);
      expect(await asked.refusal(OPCODE.UNLINK, ROOT, [name('gone')])).toBe('ENOENT');
    });

    it('RENAME moves between directories, and the node goes along', async () => {
      mkdirSync(asked.at('from'));
      mkdirSync(asked.at('to'));
      asked.file('from/x', 'moved');
      const [from, to] = [await asked.lookup(ROOT, 'from'), await asked.lookup(ROOT, 'to')];
      const node = await asked.lookup(from, 'x');
      expect((await asked.payload(OPCODE.RENAME, from, [longs(to), name('x'), name('y')])).length).toBe(0);
      expect(readFileSync(asked.at('to/y'), 'utf8')).toBe('moved');
      expect(await asked.lookup(to, 'y')).toBe(node);
      expect(await asked.refusal(OPCODE.RENAME, from, [longs(STALE), name('x'), name('y')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.RENAME, ROOT, [longs(to), name('to'), name('z')])).toBe('EINVAL');
    });

    it('RENAME2 spares what is there, exchanges two, and knows no other flags', async () => {
      asked.file('first', '1');
      asked.file('second', '2');
      const move = (flags: number): Buffer[] => [longs(ROOT), words(flags, 0), name('first'), name('second')];
      const [first, second] = [await asked.lookup(ROOT, 'first'), await asked.lookup(ROOT, 'second')];
      expect(await asked.refusal(OPCODE.RENAME2, ROOT, move(1))).toBe('EEXIST');
      await asked.payload(OPCODE.RENAME2, ROOT, move(2));
      expect([readFileSync(asked.at('first'), 'utf8'), readFileSync(asked.at('second'), 'utf8')]).toEqual([
        '2',
        '1',
      ]);
      expect(await asked.lookup(ROOT, 'first')).toBe(second);
      expect(await asked.lookup(ROOT, 'second')).toBe(first);
      expect(await asked.refusal(OPCODE.RENAME2, ROOT, move(0x80))).toBe('EINVAL');
    });

    it('LINK gives a node another name, and refuses a stale node', async () => {
      const node = await asked.fileNode('linked');
      const payload = await asked.payload(OPCODE.LINK, ROOT, [longs(node), name('linked-too')]);
      expect(payload).toEqual(entry(node, asked.at('linked-too')));
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
        for (const [opcode, parts] of forms(text))
          expect(await asked.refusal(opcode, ROOT, parts)).toBe('EINVAL');
      }
      for (const [opcode, parts] of forms('z')) {
        if (opcode !== OPCODE.LINK) expect(await asked.refusal(opcode, STALE, parts)).toBe('ESTALE');
      }
      expect(readdirSync(asked.kernel.place).sort()).toEqual(['source', 'volume-server.cjs']);
    });
  });
});
