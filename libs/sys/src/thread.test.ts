import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAP, CLONE, SECBIT } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';
import { inThread } from './thread.fixture.ts';

const lower = lowerDirectory();
const { scratch } = lower;

describe('futexes', () => {
  it('wait only while the word has the expected value, and no longer than asked', () => {
    const at = scratch.bytes(8);
    scratch.view.setUint32(at - scratch.base, 0xffffffff, true);
    expect(sys.futexWait(at, 1, -1)).toBe(-ERRNO.EAGAIN);
    const before = performance.now();
    expect(sys.futexWait(at, 0xffffffff, 30)).toBe(-ERRNO.ETIMEDOUT);
    expect(sys.futexWait(at, -1, 0)).toBe(-ERRNO.ETIMEDOUT);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
    expect(sys.futexWait(at + 1, 0, 0)).toBe(-ERRNO.EINVAL);
    expect(sys.futexWake(at, 1)).toBe(0);
  });

  it('wake a waiter in another thread, over different mappings of one memfd', async () => {
    const fd = sys.memfdCreate('futex test', 4096);
    const [mine, theirs] = [sys.arenaMap(fd, 4096, 0), sys.arenaMap(fd, 4096, 0)];
    const waiting = inThread('done(sys.futexWait(input, 0, 20_000))', theirs + 8);
    let woken = 0;
    while (woken === 0) {
      woken = sys.futexWake(mine + 8, 5);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(woken).toBe(1);
    expect(await waiting).toBe(0);
    for (const base of [mine, theirs]) sys.arenaRelease(base);
    sys.close(fd);
  });
});

describe('the calling thread', () => {
  it('has an id that other threads do not share', async () => {
    expect(readdirSync('/proc/self/task')).toContain(String(sys.gettid()));
    expect(await inThread('done(sys.gettid())')).not.toBe(sys.gettid());
  });

  it('moves to the cores it asks for, alone', async () => {
    const mask = scratch.bytes(128);
    const bytes = sys.schedGetaffinity(mask, 128);
    expect(bytes).toBeGreaterThan(0);
    const allowed = Buffer.from(scratch.bytesAt(mask, bytes)).toString('hex');
    const source = `
      const base = sys.arenaAllocate(256);
      const octets = Buffer.from(sys.arenaBuffer(base));
      const mask = Buffer.from(input, 'hex');
      const first = mask.findIndex((octet) => octet !== 0);
      octets[first] = mask[first] & -mask[first];
      const set = sys.schedSetaffinity(base, mask.length);
      const wanted = octets.toString('hex', 0, mask.length);
      octets.fill(0);
      sys.schedGetaffinity(base, mask.length);
      done([set, octets.toString('hex', 0, mask.length) === wanted, sys.schedSetaffinity(base + 128, 8)]);
    `;
    expect(await inThread(source, allowed)).toEqual([0, true, -ERRNO.EINVAL]);
    expect(sys.schedGetaffinity(mask, 128)).toBe(bytes);
    expect(Buffer.from(scratch.bytesAt(mask, bytes)).toString('hex')).toBe(allowed);
  });

  it.skipIf(!isRoot)('takes another file system identity, alone (needs CAP_SETUID)', async () => {
    writeFileSync(join(lower.path, 'secret'), 'x');
    chmodSync(join(lower.path, 'secret'), 0o600);
    chmodSync(lower.path, 0o711);
    const secret = join(lower.path, 'secret');
    const source = `
      const open = () => {
        const fd = sys.openPath(input, 0, 0);
        return fd < 0 ? fd : sys.close(fd);
      };
      const results = [sys.setfsgid(2000), sys.setfsgid(-1), sys.setfsuid(1000), sys.setfsuid(-1), open()];
      results.push(sys.setfsuid(0), open());
      done(results);
    `;
    expect(await inThread(source, secret)).toEqual([0, 2000, 0, 1000, -ERRNO.EACCES, 1000, 0]);
    expect(sys.setfsuid(-1)).toBe(0);
  });

  it.skipIf(!isRoot)('keeps its capabilities with NO_SETUID_FIXUP, alone (needs CAP_SETPCAP)', async () => {
    const source = `
      const results = [sys.setSecurebits(input.bits), sys.setfsuid(1000)];
      const fd = sys.openPath(input.secret, 0, 0);
      results.push(fd > 2, sys.close(fd));
      done(results);
    `;
    const input = { bits: SECBIT.NO_SETUID_FIXUP, secret: join(lower.path, 'secret') };
    expect(await inThread(source, input)).toEqual([0, 0, true, 0]);
    expect(sys.setSecurebits(0x40000000)).toBe(-ERRNO.EPERM);
  });
});

describe('peerCredentials', () => {
  it('tells who is at the other end of a unix socket', async () => {
    const path = join(lower.path, 'socket');
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.on('connection', resolve));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const client = connect(path);
    const socket = await accepted;
    const fd = (socket as unknown as { _handle: { fd: number } })._handle.fd;
    const out = scratch.bytes(12);
    expect(sys.peerCredentials(fd, out)).toBe(0);
    const found = [0, 4, 8].map((offset) => scratch.u32At(out + offset));
    expect(found).toEqual([process.pid, process.getuid?.(), process.getgid?.()]);
    client.destroy();
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(sys.peerCredentials(lower.directory, out)).toBe(-ERRNO.ENOTSOCK);
  });
});

describe.skipIf(!isRoot)('capabilities', () => {
  it('are given up by one thread alone, and back again while they are permitted', async () => {
    const source = `
      const base = sys.arenaAllocate(64);
      const words = new Uint32Array(sys.arenaBuffer(base));
      const read = sys.capget(base);
      const all = words[0];
      words[0] = all & ~(1 << input);
      const dropped = sys.capset(base);
      sys.capget(base);
      const without = words[0];
      words[0] = all;
      const regained = sys.capset(base);
      sys.capget(base);
      done([read, dropped, regained, (all ^ without) >>> 0, words[0] === all]);
    `;
    expect(await inThread(source, CAP.FSETID)).toEqual([0, 0, 0, 1 << CAP.FSETID, true]);
    const at = scratch.bytes(24);
    expect(sys.capget(at)).toBe(0);
    expect(scratch.view.getUint32(at - scratch.base, true) & (1 << CAP.FSETID)).not.toBe(0);
  });

  it('are EFAULT outside the arena', () => {
    const end = scratch.base + scratch.view.byteLength;
    expect([sys.capget(end - 23), sys.capset(end - 23)]).toEqual([-ERRNO.EFAULT, -ERRNO.EFAULT]);
  });
});

describe('umask', () => {
  it('is one for all threads until one has a file system context of its own', async () => {
    const before = sys.umask(0o027);
    expect(await inThread('done(sys.umask(0o027))')).toBe(0o027);
    const apart = await inThread('done([sys.unshare(input), sys.umask(0o077), sys.umask(0)])', CLONE.FS);
    expect(apart).toEqual([0, 0o027, 0o077]);
    expect(sys.umask(before)).toBe(0o027);
  });
});
