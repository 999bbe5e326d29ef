import { describe, expect, it } from 'vitest';
import { sys } from '@sluice/sys';
import { OPCODE_COUNT } from '@sluice/wire';
import { NAMED_COUNTERS } from './counters.ts';
import { HEADER, MAX_TRANSFER, MAX_WORKERS, POLICY_IMAGE_BYTES, SessionMemory, WORKER } from './memory.ts';
import { newSessionMemory, sessionMemory } from './session-memory.fixture.ts';

const PAGE = 4096;
const memory = sessionMemory({ workers: 2, storageBytes: PAGE });

interface Region {
  name: string;
  start: number;
  end: number;
}

function regionsOf(memory: SessionMemory): Region[] {
  const regions: Region[] = [{ name: 'header', start: 0, end: PAGE }];
  for (let worker = 0; worker < memory.geometry.workers; worker++) {
    const slot = memory.slot(worker);
    regions.push(
      { name: `control ${worker}`, start: slot.control, end: slot.control + PAGE },
      { name: `request ${worker}`, start: slot.request, end: slot.request + slot.requestBytes },
      { name: `reply ${worker}`, start: slot.reply, end: slot.reply + slot.replyBytes },
      { name: `scratch ${worker}`, start: slot.scratch, end: slot.scratch + slot.scratchBytes },
    );
  }
  const { policyAt, storageAt, geometry } = memory;
  regions.push(
    { name: 'policy 0', start: policyAt, end: policyAt + POLICY_IMAGE_BYTES },
    { name: 'policy 1', start: policyAt + POLICY_IMAGE_BYTES, end: policyAt + 2 * POLICY_IMAGE_BYTES },
    { name: 'storage', start: storageAt, end: storageAt + geometry.storageBytes },
  );
  return regions.sort((a, b) => a.start - b.start);
}

describe('the layout of session memory', () => {
  it.each([1, 2, 5, MAX_WORKERS])('keeps all regions of %i workers apart and inside', (workers) => {
    const made = newSessionMemory({ workers, storageBytes: 12_345 });
    const regions = regionsOf(made);
    let end = 0;
    for (const region of regions) {
      expect(region.start, region.name).toBeGreaterThanOrEqual(end);
      expect(region.start % 8, region.name).toBe(0);
      expect(region.end, region.name).toBeGreaterThan(region.start);
      end = region.end;
    }
    expect(end).toBeLessThanOrEqual(made.bytes);
    expect(made.bytes).toBe(SessionMemory.bytesFor(made.geometry));
    sys.arenaRelease(made.base);
  });

  it('has room in every slot for the largest transfer behind its headers', () => {
    const slot = memory.slot(0);
    expect(slot.requestBytes).toBeGreaterThanOrEqual(MAX_TRANSFER + PAGE);
    expect(slot.replyBytes).toBeGreaterThanOrEqual(MAX_TRANSFER + PAGE);
  });

  it('keeps the contended words of the header on cache lines apart, and no word in the place of another', () => {
    const places = Object.values(HEADER);
    expect(new Set(places).size).toBe(places.length);
    const contended = [HEADER.readerLock, HEADER.tableLock, HEADER.policyEpoch, HEADER.pathEpoch];
    expect(new Set(contended.map((word) => word >>> 6)).size).toBe(contended.length);
    // The last word of the page is the empty path of system calls: never written.
    expect(Math.max(...places)).toBeLessThan(PAGE - 4);
  });

  it('keeps a worker’s counters inside its control block', () => {
    const first = memory.countersAt(0) * 8;
    expect(first).toBe(memory.slot(0).control + WORKER.counters);
    expect(first + (OPCODE_COUNT + NAMED_COUNTERS) * 8).toBe(memory.slot(0).control + PAGE);
    expect(memory.countersAt(1) * 8).toBe(memory.slot(1).control + WORKER.counters);
  });
});

describe('limits of session memory', () => {
  it.each([0, -1, 1.5, MAX_WORKERS + 1, NaN])('refuses %d workers and names the range', (workers) => {
    expect(() => SessionMemory.bytesFor({ workers, storageBytes: 0 })).toThrow(
      `${workers} workers: 1 to ${MAX_WORKERS} are possible`,
    );
  });

  it('refuses 2 GiB and more, so that offsets stay small integers', () => {
    const storageBytes = 2 ** 31 - SessionMemory.bytesFor({ workers: 1, storageBytes: 0 });
    expect(SessionMemory.bytesFor({ workers: 1, storageBytes: storageBytes - PAGE })).toBe(2 ** 31 - PAGE);
    expect(() => SessionMemory.bytesFor({ workers: 1, storageBytes })).toThrow('the limit is 2 GiB');
  });

  it.each([-1, 2])('has no slot for worker %i of two', (worker) => {
    expect(() => memory.slot(worker)).toThrow(`no worker slot ${worker}`);
  });

  it('refuses an address that is no arena, and a file descriptor that cannot be mapped', () => {
    expect(() => new SessionMemory(2 ** 50, { workers: 1, storageBytes: 0 })).toThrow('no arena at address');
    expect(() => SessionMemory.attach(-1, { workers: 1, storageBytes: 0 }, true)).toThrow('errno 9');
  });
});

describe('attaching', () => {
  it('shows every mapping the same bytes', () => {
    const geometry = { workers: 2, storageBytes: PAGE };
    const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor(geometry));
    const maker = SessionMemory.attach(fd, geometry, true);
    const other = SessionMemory.attach(fd, geometry, false);
    maker.setU32(maker.storageAt, 0xdead_beef);
    expect(other.getU32(other.storageAt)).toBe(0xdead_beef);
    expect(other.add(other.storageAt, 1)).toBe(0xdead_beef);
    expect(maker.load(maker.storageAt)).toBe(0xdead_bef0);
    for (const { base } of [maker, other]) sys.arenaRelease(base);
    sys.close(fd);
  });

  it('refuses memory made for another number of workers, and memory that nobody laid out', () => {
    const geometry = { workers: 2, storageBytes: PAGE };
    const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor({ ...geometry, workers: 3 }));
    expect(() => SessionMemory.attach(fd, geometry, false)).toThrow('another layout');
    const maker = SessionMemory.attach(fd, geometry, true);
    expect(() => SessionMemory.attach(fd, { ...geometry, workers: 3 }, false)).toThrow('another layout');
    sys.arenaRelease(maker.base);
    sys.close(fd);
  });
});

describe('64-bit words', () => {
  it('are exact up to 2^53 as numbers, and in all 64 bits when copied', () => {
    const at = memory.storageAt;
    for (const value of [0, 1, 0xffff_ffff, 0x1_0000_0000, 2 ** 53 - 1]) {
      memory.setU64(at, value);
      expect(memory.getU64Approximate(at)).toBe(value);
    }
    memory.setU32(at, 0xffff_fffe);
    memory.setU32(at + 4, 0x8000_0001);
    memory.copyU64(at + 8, at);
    expect([memory.getU32(at + 8), memory.getU32(at + 12)]).toEqual([0xffff_fffe, 0x8000_0001]);
  });
});
