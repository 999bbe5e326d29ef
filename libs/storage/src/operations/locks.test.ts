import { closeSync, constants, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { F, FLOCK, LOCK, Scratch, sys } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { longs, request, words } from '../requests.fixture.ts';

const OFFSET_MAX = 2n ** 63n - 1n;
const WHOLE: Range = [0n, OFFSET_MAX];

type Range = readonly [start: bigint, end: bigint];

describe.skipIf(cannotPlay !== '')(`file locks, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;
  let node: bigint;
  let handle: bigint;
  let path: string;
  const scratch = new Scratch(4096);

  beforeAll(async () => {
    asked = await AskedKernel.start();
    path = asked.file('locked', 'x'.repeat(100));
    node = await asked.fileNode('locked', 'x'.repeat(100));
    handle = await asked.open(node, constants.O_RDWR);
  });
  afterAll(async () => {
    await asked.stop();
    scratch.release();
  });

  const body = (owner: bigint, type: number, [start, end]: Range, flags = 0): Buffer =>
    Buffer.concat([longs(handle, owner, start, end), words(type, 4000 + Number(owner), flags, 0)]);
  const set = async (owner: bigint, type: number, range: Range, flags = 0): Promise<number> =>
    (await asked.ask(OPCODE.SETLK, node, [body(owner, type, range, flags)])).error;
  const get = async (owner: bigint, type: number, range: Range): Promise<Buffer> =>
    asked.payload(OPCODE.GETLK, node, [body(owner, type, range)]);

  /** Whether a program on the lower tree could lock the range, by an open file of its own. */
  const isFreeBelow = ([start, end]: Range): boolean => {
    const fd = openSync(path, 'r+');
    const at = scratch.bytes(FLOCK.SIZE);
    const flock = scratch.bytesAt(at, FLOCK.SIZE);
    flock.fill(0);
    flock[FLOCK.type] = F.WRLCK;
    flock.set(longs(start, end === OFFSET_MAX ? 0n : end - start + 1n), FLOCK.start);
    const result = sys.lockRange(fd, F.OFD_SETLK, at);
    closeSync(fd);
    return result === 0;
  };

  it('are set on the lower file, and conflict between owners only', async () => {
    expect(await set(1n, F.WRLCK, [10n, 19n])).toBe(0);
    expect(await set(1n, F.WRLCK, [15n, 30n])).toBe(0);
    expect(await set(2n, F.RDLCK, [30n, 30n])).toBe(-11);
    expect(await set(2n, F.RDLCK, [31n, 31n])).toBe(0);
    expect(isFreeBelow([0n, 9n])).toBe(true);
    expect(isFreeBelow([9n, 10n])).toBe(false);
    expect(isFreeBelow([31n, 31n])).toBe(false);
    expect(isFreeBelow([32n, OFFSET_MAX])).toBe(true);
  });

  it('are told with their range and the process that holds them', async () => {
    const [start, end] = [10n, 30n];
    expect(await get(2n, F.RDLCK, WHOLE)).toEqual(Buffer.concat([longs(start, end), words(F.WRLCK, 4001)]));
    expect(await get(1n, F.WRLCK, WHOLE)).toEqual(Buffer.concat([longs(31n, 31n), words(F.RDLCK, 4002)]));
    expect((await get(2n, F.RDLCK, [0n, 9n])).readUInt32LE(16)).toBe(F.UNLCK);
  });

  it('end with a FLUSH by their owner, and nobody else', async () => {
    const flush = async (owner: bigint): Promise<Buffer> =>
      asked.payload(OPCODE.FLUSH, node, [longs(handle, 0n, owner)]);
    await flush(3n);
    expect(isFreeBelow([10n, 30n])).toBe(false);
    await flush(1n);
    expect(isFreeBelow([10n, 30n])).toBe(true);
    expect(isFreeBelow([31n, 31n])).toBe(false);
    await flush(2n);
    expect(isFreeBelow(WHOLE)).toBe(true);
  });

  it('of flock(2) and of ranges do not see each other', async () => {
    expect(await set(1n, F.WRLCK, WHOLE, 1)).toBe(0);
    expect(await set(2n, F.WRLCK, WHOLE)).toBe(0);
    expect(await set(2n, F.RDLCK, WHOLE, 1)).toBe(-11);
    const fd = openSync(path, 'r');
    expect(sys.flock(fd, LOCK.SH | LOCK.NB)).toBe(-11);
    expect(await set(1n, F.UNLCK, WHOLE, 1)).toBe(0);
    expect(sys.flock(fd, LOCK.SH | LOCK.NB)).toBe(0);
    closeSync(fd);
    expect(await set(2n, F.UNLCK, WHOLE)).toBe(0);
  });

  it('that have to wait are answered when the holder lets go, and other requests before them', async () => {
    expect(await set(1n, F.WRLCK, [0n, 9n])).toBe(0);
    const unique = 1_000_001n;
    await asked.kernel.send(
      request({ opcode: OPCODE.SETLKW, unique, nodeid: node }, body(2n, F.WRLCK, [5n, 5n])),
    );
    await asked.barrier();
    const [first, second] = await asked.both(
      request({ opcode: OPCODE.SETLK, unique: 1_000_003n, nodeid: node }, body(1n, F.UNLCK, WHOLE)),
    );
    expect([first.unique, first.error]).toEqual([unique, 0]);
    expect([second.unique, second.error]).toEqual([1_000_003n, 0]);
    expect(isFreeBelow([5n, 5n])).toBe(false);
    expect(await set(2n, F.UNLCK, WHOLE)).toBe(0);
  });

  it('that have to wait end with EINTR when they are interrupted', async () => {
    expect(await set(1n, F.WRLCK, WHOLE)).toBe(0);
    const unique = 1_000_005n;
    await asked.kernel.send(
      request({ opcode: OPCODE.SETLKW, unique, nodeid: node }, body(2n, F.RDLCK, WHOLE)),
    );
    await asked.barrier();
    const reply = await asked.kernel.exchange(
      request({ opcode: OPCODE.INTERRUPT, unique: unique + 1n, nodeid: 0n }, longs(unique)),
    );
    expect([reply.unique, reply.error]).toEqual([unique, -4]);
    expect(await set(1n, F.UNLCK, WHOLE)).toBe(0);
    expect(isFreeBelow(WHOLE)).toBe(true);
  });

  it('that would wait for each other are EDEADLK', async () => {
    expect(await set(1n, F.WRLCK, [0n, 0n])).toBe(0);
    expect(await set(2n, F.WRLCK, [1n, 1n])).toBe(0);
    const unique = 1_000_007n;
    await asked.kernel.send(
      request({ opcode: OPCODE.SETLKW, unique, nodeid: node }, body(1n, F.WRLCK, [1n, 1n])),
    );
    await asked.barrier();
    const deadlock = await asked.ask(OPCODE.SETLKW, node, [body(2n, F.WRLCK, [0n, 0n])]);
    expect(deadlock.error).toBe(-35);
    const [granted] = await asked.both(
      request({ opcode: OPCODE.FLUSH, unique: 1_000_009n, nodeid: node }, longs(handle, 0n, 2n)),
    );
    expect([granted.unique, granted.error]).toEqual([unique, 0]);
    await asked.payload(OPCODE.FLUSH, node, [longs(handle, 0n, 1n)]);
    expect(isFreeBelow(WHOLE)).toBe(true);
  });

  it('are ENOLCK when there is no room for more owners, and those there are stay', async () => {
    const owners = [...Array(9).keys()].map((owner) => BigInt(owner + 1));
    const results: number[] = [];
    for (const owner of owners) results.push(await set(owner, F.RDLCK, WHOLE));
    expect(results).toEqual([0, 0, 0, 0, 0, 0, 0, 0, -37]);
    expect(isFreeBelow(WHOLE)).toBe(false);
  });

  it('end with the open file by which they came', async () => {
    await asked.release(node, handle);
    expect(isFreeBelow(WHOLE)).toBe(true);
    handle = await asked.open(node, constants.O_RDWR);
  });

  it('are EINVAL of a type there is not, EBADF by a file that is not open', async () => {
    expect(await set(1n, 3, WHOLE)).toBe(-22);
    await asked.release(node, handle);
    expect(await set(1n, F.RDLCK, WHOLE)).toBe(-9);
  });
});
