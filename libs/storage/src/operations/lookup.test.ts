import { constants, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel, ROOT, STALE } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { attributesOut, entry, longs, name, words } from '../requests.fixture.ts';

describe.skipIf(cannotPlay !== '')(`looking up and forgetting, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
  });

  describe('LOOKUP', () => {
    it('answers with the entry of the lower object', async () => {
      const path = asked.file('looked-up', 'hello');
      const payload = await asked.payload(OPCODE.LOOKUP, ROOT, [name('looked-up')]);
      expect(payload).toEqual(entry(payload.readBigUInt64LE(0), path));
    });

    it('gives one object one nodeid, whatever its name, and another object another', async () => {
      const node = await asked.fileNode('one');
      linkSync(asked.at('one'), asked.at('two'));
      expect(await asked.lookup(ROOT, 'two')).toBe(node);
      expect(await asked.fileNode('three')).not.toBe(node);
    });

    it('shows a symbolic link as itself', async () => {
      symlinkSync('/etc', asked.at('link-out'));
      const payload = await asked.payload(OPCODE.LOOKUP, ROOT, [name('link-out')]);
      expect(payload).toEqual(entry(payload.readBigUInt64LE(0), asked.at('link-out')));
      expect(await asked.refusal(OPCODE.LOOKUP, payload.readBigUInt64LE(0), [name('passwd')])).toBe(
        'ENOTDIR',
      );
    });

    it('takes names of any bytes', async () => {
      for (const text of ['\xff\xfe', ' ', '...', 'a\nb', 'n'.repeat(255)]) {
        writeFileSync(
          Buffer.concat([Buffer.from(`${asked.kernel.source}/`), Buffer.from(text, 'latin1')]),
          '',
        );
        expect(await asked.lookup(ROOT, text)).toBeGreaterThan(1n);
      }
    });

    it('never leads out of the source', async () => {
      mkdirSync(asked.at('inside'));
      const inside = await asked.lookup(ROOT, 'inside');
      for (const directory of [ROOT, inside]) {
        for (const text of ['../source', '/etc', 'a/b', '']) {
          expect(await asked.refusal(OPCODE.LOOKUP, directory, [name(text)])).toBe('EINVAL');
        }
      }
      expect(await asked.refusal(OPCODE.LOOKUP, ROOT, [name('..')])).toBe('ESTALE');
    });

    it('finds a node again by ".", and its parent by "..", as file handles of the mount want it', async () => {
      mkdirSync(asked.at('house'));
      asked.file('house/room');
      const house = await asked.lookup(ROOT, 'house');
      const room = await asked.lookup(house, 'room');
      expect(await asked.payload(OPCODE.LOOKUP, room, [name('.')])).toEqual(
        entry(room, asked.at('house/room')),
      );
      expect(await asked.payload(OPCODE.LOOKUP, room, [name('..')])).toEqual(entry(house, asked.at('house')));
      expect(await asked.lookup(house, '..')).toBe(ROOT);
      expect(await asked.lookup(ROOT, '.')).toBe(ROOT);
      // Each was one more lookup.
      await asked.tell(OPCODE.FORGET, room, [longs(1n)]);
      expect(await asked.lookup(room, '.')).toBe(room);
      await asked.tell(OPCODE.FORGET, room, [longs(2n)]);
      expect(await asked.refusal(OPCODE.LOOKUP, room, [name('.')])).toBe('ESTALE');
    });

    it('reads the handle of an old file when it is opened: from then on no name is needed', async () => {
      const old = ['seen', 'opened'].map((text) => asked.file(text, text));
      // Longer than new-born files are told from others by their handles.
      await new Promise((resolve) => setTimeout(resolve, 80));
      const [seen, opened] = [await asked.lookup(ROOT, 'seen'), await asked.lookup(ROOT, 'opened')];
      await asked.release(opened, await asked.open(opened, constants.O_RDONLY));
      for (const path of old) renameSync(path, `${path}-elsewhere`);
      expect(await asked.payload(OPCODE.GETATTR, opened, [words(0, 0), longs(0n)])).toEqual(
        attributesOut(asked.at('opened-elsewhere')),
      );
      // The kernel looks up again after this, and finds that the name is gone.
      expect(await asked.refusal(OPCODE.GETATTR, seen, [words(0, 0), longs(0n)])).toBe('ESTALE');
    });

    it('refuses what is not there, what is no directory, and a stale directory', async () => {
      const node = await asked.fileNode('plain');
      expect(await asked.refusal(OPCODE.LOOKUP, ROOT, [name('missing')])).toBe('ENOENT');
      expect(await asked.refusal(OPCODE.LOOKUP, node, [name('x')])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.LOOKUP, STALE, [name('plain')])).toBe('ESTALE');
      expect(await asked.refusal(OPCODE.LOOKUP, ROOT, [name('n'.repeat(256))])).toBe('ENAMETOOLONG');
    });
  });

  describe('FORGET and BATCH_FORGET', () => {
    it('make a nodeid stale once all lookups are forgotten', async () => {
      const node = await asked.fileNode('forgotten');
      await asked.lookup(ROOT, 'forgotten');
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      await asked.payload(OPCODE.GETATTR, node, [words(0, 0), longs(0n)]);
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
      expect(await asked.lookup(ROOT, 'forgotten')).not.toBe(node);
    });

    it('of many nodes at once pass over those that are not known', async () => {
      const [a, b] = [await asked.fileNode('batch-a'), await asked.fileNode('batch-b')];
      await asked.tell(OPCODE.BATCH_FORGET, 0n, [words(3, 0), longs(a, 1n, STALE, 1n, b, 9n)]);
      for (const node of [a, b]) {
        expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
      }
    });

    it('leave the root and open files alone', async () => {
      const node = await asked.fileNode('held', 'held');
      const handle = await asked.open(node, O.RDONLY);
      await asked.tell(OPCODE.FORGET, ROOT, [longs(1000n)]);
      await asked.tell(OPCODE.FORGET, node, [longs(1n)]);
      await asked.payload(OPCODE.GETATTR, ROOT, [words(0, 0), longs(0n)]);
      expect(
        (await asked.payload(OPCODE.READ, node, [longs(handle, 0n), words(9, 0), longs(0n, 0n)])).toString(),
      ).toBe('held');
      await asked.release(node, handle);
      expect(await asked.refusal(OPCODE.GETATTR, node, [words(0, 0), longs(0n)])).toBe('ESTALE');
    });
  });
});
