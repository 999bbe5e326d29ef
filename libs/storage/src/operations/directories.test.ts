import { lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel, ROOT, STALE } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { entry, longs, words } from '../requests.fixture.ts';

describe.skipIf(cannotPlay !== '')(`directories, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
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
            const expected = entry(payload.readBigUInt64LE(start), asked.at(`listed/${text}`));
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
      mkdirSync(asked.at('listed'));
      for (let i = 0; i < 300; i++) asked.file(`listed/${'n'.repeat(1 + (i % 200))}${i}`);
      mkdirSync(asked.at('listed/sub'));
      symlinkSync('x', asked.at('listed/link'));
      const node = await asked.lookup(ROOT, 'listed');
      const handle = await asked.open(node, 0, OPCODE.OPENDIR);
      const expected = ['.', '..', ...readdirSync(asked.at('listed'))].sort();
      const whole = await list(node, handle, 4096, false);
      expect(whole.map((each) => each.name).sort()).toEqual(expected);
      for (const { name: text, ino, type } of whole) {
        const stat = lstatSync(asked.at(`listed/${text}`), { bigint: true });
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
      const node = await asked.fileNode('no-directory');
      expect(await asked.refusal(OPCODE.OPENDIR, node, [words(0, 0)])).toBe('ENOTDIR');
      expect(await asked.refusal(OPCODE.OPENDIR, STALE, [words(0, 0)])).toBe('ESTALE');
      const handle = await asked.open(node, O.RDONLY);
      const argument = [longs(handle, 0n), words(4096, 0), longs(0n, 0n)];
      expect(await asked.refusal(OPCODE.READDIR, node, argument)).toBe('EBADF');
      await asked.release(node, handle);
    });
  });
});
