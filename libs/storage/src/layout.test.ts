import { describe, expect, it } from 'vitest';
import { SessionMemory } from '@sluice/session';
import {
  DEFAULT_STORAGE_GEOMETRY,
  FD_ENTRY,
  LOCK_OWNER,
  LOCK_WAIT,
  NODE,
  OPEN_FILE,
  SHARED,
  planStorage,
  sessionGeometry,
} from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import { TRACE_REGION_BYTES } from './trace/trace-ring.ts';

const TINY: StorageGeometry = {
  nodes: 2,
  nameBytes: 16,
  openFiles: 2,
  directoryFds: 1,
  lockOwners: 8,
  lockWaits: 8,
  aliases: 16,
};
const ODD: StorageGeometry = {
  nodes: 1001,
  nameBytes: 12_345,
  openFiles: 77,
  directoryFds: 13,
  lockOwners: 8,
  lockWaits: 8,
  aliases: 16,
};

describe.each([TINY, ODD, SMALL_GEOMETRY, DEFAULT_STORAGE_GEOMETRY])(
  'the storage region of %o',
  (geometry) => {
    it.each([0, 8 * 4096])('keeps its tables apart, beginning at %i', (start) => {
      const plan = planStorage(geometry, start);
      const tables = [
        [plan.shared, SHARED.SIZE],
        [plan.hash, plan.hashBuckets * 4],
        [plan.nodes, geometry.nodes * NODE.SIZE],
        [plan.names, geometry.nameBytes],
        [plan.openFiles, geometry.openFiles * OPEN_FILE.SIZE],
        [plan.fdEntries, (geometry.directoryFds + 1) * FD_ENTRY.SIZE],
        [plan.lockBuckets, LOCK_OWNER.BUCKETS * 4],
        [plan.lockOwners, (geometry.lockOwners + 1) * LOCK_OWNER.SIZE],
        [plan.lockWaits, (geometry.lockWaits + 1) * LOCK_WAIT.SIZE],
        [plan.pollerScratch, 64],
        [plan.trace, TRACE_REGION_BYTES],
      ] as const;
      let end = start;
      for (const [at, bytes] of tables) {
        expect(at).toBeGreaterThanOrEqual(end);
        expect(at % 4).toBe(0);
        end = at + bytes;
      }
      expect(plan.end).toBe(end);
    });

    it('has a power of two of hash buckets, one for every two nodes at least', () => {
      const { hashBuckets } = planStorage(geometry, 0);
      expect(Math.log2(hashBuckets) % 1).toBe(0);
      expect(hashBuckets).toBeGreaterThanOrEqual(geometry.nodes / 2);
    });

    it('fits into the session memory asked for', () => {
      const session = sessionGeometry(4, geometry);
      expect(planStorage(geometry, 0).end).toBe(session.storageBytes);
      expect(SessionMemory.bytesFor(session)).toBeLessThan(2 ** 31);
    });
  },
);

describe('records', () => {
  it.each([
    ['NODE', NODE],
    ['OPEN_FILE', OPEN_FILE],
    ['FD_ENTRY', FD_ENTRY],
    ['SHARED', SHARED],
  ])('of %s are made of words that lie apart', (_name, record) => {
    const { SIZE, ...fields } = record;
    const offsets = Object.values(fields).sort((a, b) => a - b);
    expect(new Set(offsets).size).toBe(offsets.length);
    for (const offset of offsets) expect(offset % 4).toBe(0);
    expect(Math.max(...offsets)).toBeLessThan(SIZE);
  });
});
