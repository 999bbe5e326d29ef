import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { O } from './constants.ts';
import { ERRNO } from './errno.ts';
import { nativeAddonPath, sys } from './load.ts';
import { lowerDirectory } from './lower-directory.fixture.ts';
import { inThread } from './thread.fixture.ts';

const ARENA = 2 ** 40;
const lower = lowerDirectory();

function octets(base: number): Uint8Array {
  const buffer = sys.arenaBuffer(base);
  if (buffer === null) throw new Error('no buffer');
  return new Uint8Array(buffer);
}

/** A memfd of `bytes`, mapped `copies` times; closed, as mappings do not need it. */
function shared(bytes: number, ...sizes: number[]): number[] {
  const fd = sys.memfdCreate('arena test', bytes);
  expect(fd).toBeGreaterThan(0);
  const bases = sizes.map((size) => sys.arenaMap(fd, size, 0));
  closeSync(fd);
  return bases;
}

describe('an arena', () => {
  it('has an address that is a multiple of 2^40 and never 0', () => {
    const base = sys.arenaAllocate(100);
    expect(base).toBeGreaterThanOrEqual(ARENA);
    expect(base % ARENA).toBe(0);
    sys.arenaRelease(base);
  });

  it('is zeroed and exactly as long as asked for', () => {
    const base = sys.arenaAllocate(10_001);
    expect(octets(base)).toEqual(new Uint8Array(10_001));
    sys.arenaRelease(base);
  });

  it('shows one memfd through two mappings', () => {
    const [one = 0, two = 0] = shared(8192, 8192, 4096);
    octets(one)[4095] = 77;
    expect(octets(two)[4095]).toBe(77);
    sys.arenaRelease(one);
    sys.arenaRelease(two);
  });

  it('is followed by a page that nobody can touch, in every mapping', () => {
    const fd = sys.memfdCreate('guarded', 3 * 65_536);
    const bases = [sys.arenaMap(fd, 65_536, 0), sys.arenaMap(fd, 65_537, 0)];
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
    const found = maps.flatMap((line, index) => (line.includes('memfd:guarded') ? [index] : []));
    expect(found.length).toBe(bases.length);
    for (const index of found) {
      const [range = '', access] = maps[index]?.split(' ') ?? [];
      expect(access).toBe('rw-s');
      expect(maps[index + 1]).toMatch(new RegExp(`^${range.split('-')[1]}-[0-9a-f]+ ---p`));
    }
    closeSync(fd);
    for (const base of bases) expect(sys.arenaRelease(base)).toBe(0);
  });

  it('refuses sizes of 0, beyond 2^39, fractions and beyond the end of the file', () => {
    const fd = sys.memfdCreate('short', 4096);
    for (const size of [0, -1, 2 ** 39 + 1, 1.5, NaN, Infinity, 4097]) {
      expect(sys.arenaMap(fd, size, 0)).toBe(-ERRNO.EINVAL);
    }
    for (const size of [0, -1, 2 ** 39 + 1, 1.5, NaN, Infinity]) {
      expect(sys.arenaAllocate(size)).toBe(-ERRNO.EINVAL);
    }
    closeSync(fd);
    expect(sys.arenaMap(fd, 4096, 0)).toBe(-ERRNO.EBADF);
    expect(sys.arenaMap(lower.directory, 1, 0)).toBe(-ERRNO.EINVAL);
  });

  it('made readable only is refused as the target of a call', () => {
    writeFileSync(join(lower.path, 'read-only'), 'abcd'.padEnd(4096, '\0'));
    const fd = lower.open('read-only', O.RDONLY);
    const base = sys.arenaMap(fd, 4096, 1);
    expect(Buffer.from(octets(base)).toString('latin1', 0, 5)).toBe('abcd\0');
    expect(sys.arenaMap(fd, 4096, 0)).toBe(-ERRNO.EACCES);
    expect(sys.read(fd, base, 4)).toBe(-ERRNO.EFAULT);
    expect(sys.stat(lower.directory, 0, 0x1000, base)).toBe(-ERRNO.EFAULT);
    expect(sys.openat(lower.directory, base, O.RDONLY, 0)).toBe(-ERRNO.ENOENT);
    sys.arenaRelease(base);
  });

  it('gives buffers again and again without growing', () => {
    const base = sys.arenaAllocate(4096);
    for (let i = 0; i < 2000; i++) octets(base)[0] = i & 0xff;
    expect(octets(base)[0]).toBe(1999 & 0xff);
    sys.arenaRelease(base);
  });

  it('larger than an ArrayBuffer has no buffer, and nothing throws', () => {
    const fd = sys.memfdCreate('large', 2 ** 39);
    const base = sys.arenaMap(fd, 2 ** 39, 0);
    closeSync(fd);
    expect(base).toBeGreaterThan(0);
    expect(sys.arenaBuffer(base)).toBeNull();
    expect(sys.arenaRelease(base)).toBe(0);
  });

  it('is gone for calls once released, while a buffer still held reads as zeroes and can be written', () => {
    const [base = 0, witness = 0] = shared(4096, 4096, 4096);
    const held = octets(base).fill(9);
    expect(sys.arenaRelease(base)).toBe(0);
    expect(held).toEqual(new Uint8Array(4096));
    held.fill(1);
    expect(octets(witness)[0]).toBe(9);
    expect(sys.arenaBuffer(base)).toBeNull();
    expect(sys.statfs(lower.directory, base)).toBe(-ERRNO.EFAULT);
    expect(sys.arenaRelease(base)).toBe(-ERRNO.EFAULT);
    expect(sys.arenaAllocate(1)).not.toBe(base);
    sys.arenaRelease(witness);
  });

  it('is released by its base address alone', () => {
    const base = sys.arenaAllocate(64);
    expect(sys.arenaRelease(base + 8)).toBe(-ERRNO.EINVAL);
    expect(sys.arenaRelease(0)).toBe(-ERRNO.EFAULT);
    expect(sys.arenaRelease(4097 * ARENA)).toBe(-ERRNO.EFAULT);
    expect(sys.arenaRelease(base)).toBe(0);
  });
});

describe('arena numbers', () => {
  it('end after 4,096, and a release gives none back', () => {
    const script = `
      const sys = require(process.argv[1]);
      let [made, result] = [0, 0];
      while ((result = sys.arenaAllocate(1)) > 0 && made < 5000) made++;
      console.log(made, result, sys.arenaRelease(2 ** 40), sys.arenaAllocate(1));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, nativeAddonPath()], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe(`4096 ${-ERRNO.ENOSPC} 0 ${-ERRNO.ENOSPC}\n`);
  });
});

describe('a memfd', () => {
  it('has the size asked for and cannot be shrunk', () => {
    const fd = sys.memfdCreate('sealed', 5000);
    expect(() => ftruncateSync(fd, 4999)).toThrow('EPERM');
    ftruncateSync(fd, 6000);
    closeSync(fd);
  });

  it('has a name without NUL of at most 249 bytes', () => {
    expect(sys.memfdCreate('a\0b', 1)).toBe(-ERRNO.EINVAL);
    expect(sys.memfdCreate('x'.repeat(250), 1)).toBe(-ERRNO.EINVAL);
    expect(sys.memfdCreate('x'.repeat(5000), 1)).toBe(-ERRNO.ENAMETOOLONG);
    expect(sys.memfdCreate('x', -1)).toBe(-ERRNO.EINVAL);
  });
});

describe('addresses', () => {
  it('are checked to the byte at both ends of the arena', () => {
    const fd = lower.open('bounds', O.RDWR | O.CREAT);
    const base = sys.arenaAllocate(100);
    expect(sys.write(fd, base, 100)).toBe(100);
    expect(sys.write(fd, base, 101)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base + 99, 1)).toBe(1);
    expect(sys.write(fd, base + 99, 2)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base + 100, 0)).toBe(0);
    expect(sys.write(fd, base + 100, 1)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base - 1, 1)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base + 0.5, 1)).toBe(-ERRNO.EINVAL);
    expect(sys.write(fd, -base, 1)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, 0, 1)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, 2 ** 53, 1)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base, 2 ** 53)).toBe(-ERRNO.EFAULT);
    expect(sys.write(fd, base, -1)).toBe(-ERRNO.EINVAL);
    expect(sys.ftruncate(fd, base + 93)).toBe(-ERRNO.EFAULT);
    expect(sys.ftruncate(fd, base + 92)).toBe(0);
    sys.arenaRelease(base);
  });

  it('of more bytes than one call may move are refused before the kernel sees them', () => {
    const fd = sys.memfdCreate('large', 2 ** 33);
    const base = sys.arenaMap(fd, 2 ** 33, 0);
    closeSync(fd);
    for (const call of [sys.read, sys.write, sys.getdents64]) {
      expect(call(lower.directory, base, 2 ** 32 + 8)).toBe(-ERRNO.EINVAL);
    }
    sys.arenaRelease(base);
  });

  it('of names need a NUL inside the arena and within 4,096 bytes', () => {
    const open = (at: number): number => sys.openat(lower.directory, at, O.PATH, 0);
    const base = sys.arenaAllocate(8192);
    const memory = octets(base).fill(0x61);
    expect(open(base)).toBe(-ERRNO.ENAMETOOLONG);
    expect(open(base + 8192 - 4095)).toBe(-ERRNO.EFAULT);
    memory[4095] = 0;
    expect(open(base + 4000)).toBe(-ERRNO.ENOENT);
    memory[8191] = 0;
    expect(open(base + 8190)).toBe(-ERRNO.ENOENT);
    expect(open(base + 8192)).toBe(-ERRNO.EFAULT);
    sys.arenaRelease(base);
  });
});

describe('several threads', () => {
  it('know an arena by the same number and count exactly in it', async () => {
    const [base = 0] = shared(4096, 4096);
    const words = new Int32Array(octets(base).buffer);
    const source = `
      const words = new Int32Array(sys.arenaBuffer(input));
      Atomics.add(words, 1, 1);
      while (Atomics.load(words, 1) < 2) sys.futexWait(input + 4, 1, 100);
      sys.futexWake(input + 4, 2);
      for (let i = 0; i < 200_000; i++) Atomics.add(words, 0, 1);
      done(true);
    `;
    await Promise.all([inThread(source, base), inThread(source, base)]);
    expect(Atomics.load(words, 0)).toBe(400_000);
    sys.arenaRelease(base);
  });

  it('keep an arena that the thread which made it has left, even if no other had the addon loaded', () => {
    const script = `
      const { Worker } = require('node:worker_threads');
      const run = (source, next) => new Worker(
        'const sys = require(' + JSON.stringify(process.argv[1]) + ');' + source, { eval: true },
      ).on('exit', next);
      let base;
      run('const b = sys.arenaAllocate(64); new Uint8Array(sys.arenaBuffer(b))[3] = 42;' +
        'require("node:worker_threads").parentPort.postMessage(b)', () => {
        run('console.log(new Uint8Array(sys.arenaBuffer(' + base + '))[3])', () => undefined);
      }).on('message', (value) => { base = value; });
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, nativeAddonPath()], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('42\n');
  });
});

describe('the session arena', () => {
  it('is number 0, of which a process has one', () => {
    const fd = sys.memfdCreate('session', 8192);
    expect(sys.arenaMapSession(fd, 16_384)).toBe(-ERRNO.EINVAL);
    expect(sys.arenaMapSession(fd, 8192)).toBe(0);
    expect(sys.arenaMapSession(fd, 8192)).toBe(-ERRNO.EBUSY);
    const again = sys.arenaMap(fd, 8192, 0);
    const [session, other] = [sys.arenaBuffer(0), sys.arenaBuffer(again)];
    new Uint8Array(session ?? new ArrayBuffer(0))[4100] = 7;
    expect(new Uint8Array(other ?? new ArrayBuffer(0))[4100]).toBe(7);
    expect(sys.arenaRelease(0)).toBe(0);
    expect(sys.arenaRelease(again)).toBe(0);
    sys.close(fd);
  });
});
