import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPCODE } from '@sluice/wire';
import { SMALL_GEOMETRY, Tables } from '../tables.fixture.ts';
import { WorkedVolume, isRoot } from '../volume.fixture.ts';
import { TRACED, TRACED_KIND, TRACE_REGION_BYTES, TRACE_RING_BYTES, TraceRing } from './trace-ring.ts';
import { TraceReader } from './trace-reader.ts';

const tables = new Tables();
const { memory, layout } = tables;

describe('the ring of a trace', () => {
  let ring: TraceRing;
  beforeEach(() => {
    tables.reset();
    ring = new TraceRing(memory, layout.trace);
  });

  function put(uid: number, pathLength: number): boolean {
    const record = ring.begin(pathLength);
    if (record === 0) return false;
    memory.setU32(record + TRACED.kind, TRACED_KIND.lookup);
    memory.setU32(record + TRACED.uid, uid);
    memory.u8.fill(uid & 0xff, record + TRACED.path, record + TRACED.path + pathLength);
    ring.commit(record);
    return true;
  }

  it('takes nothing and counts nothing while no trace is recorded', () => {
    expect(put(1, 10)).toBe(false);
    expect([ring.number, ring.dropped, ring.oldest()]).toEqual([0, 0, 0]);
  });

  it('gives records back whole and in order, many times around', () => {
    ring.start();
    let [written, read] = [0, 0];
    for (let round = 0; round < 40_000; round++) {
      for (let i = 0; i < round % 5; i++) if (put(written, (written * 37) % 300)) written++;
      for (let i = 0; i < (round % 7) - 1; i++) {
        const at = ring.oldest();
        if (at === 0) break;
        const end = at + memory.getU32(at + TRACED.bytes);
        expect(end).toBeLessThanOrEqual(layout.trace + TRACE_REGION_BYTES);
        expect(memory.getU32(at + TRACED.uid)).toBe(read);
        expect(memory.getU32(at + TRACED.pathLength)).toBe((read * 37) % 300);
        if ((read * 37) % 300 > 0) expect(memory.getU8(at + TRACED.path)).toBe(read & 0xff);
        ring.taken(at);
        read++;
      }
    }
    expect(read).toBeGreaterThan(60_000);
    expect(ring.dropped).toBe(0);
  });

  it('drops and counts what it has no room for, and goes on when there is room', () => {
    ring.start();
    let written = 0;
    while (put(written, 4000)) written++;
    expect(written).toBe(Math.floor(TRACE_RING_BYTES / (TRACED.path + 4000)));
    expect(put(0, 4000)).toBe(false);
    expect(ring.dropped).toBe(2);
    for (let i = 0; i < 2; i++) ring.taken(ring.oldest());
    expect(put(1, 3000)).toBe(true);
  });

  it('is never waited for: a writer that finds another in the way drops its event', () => {
    ring.start();
    expect(ring.begin(1)).not.toBe(0);
    expect(put(2, 1)).toBe(false);
    expect(ring.dropped).toBe(1);
  });

  it('begins each trace empty, under a number of its own', () => {
    ring.start();
    put(1, 1);
    const { number } = ring;
    ring.stop();
    expect(ring.oldest()).not.toBe(0);
    ring.start();
    expect([ring.oldest(), ring.dropped, ring.number]).toEqual([0, 0, number + 1]);
  });
});

describe.skipIf(!isRoot)('a trace of a volume (needs root)', () => {
  const geometry = { ...SMALL_GEOMETRY, nodes: 256 };
  const worked = new WorkedVolume(geometry);
  const reader = new TraceReader(worked.memory, geometry);
  afterAll(() => worked.dispose());

  const name = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

  it('has nothing of what happened before it began or after it ended', () => {
    writeFileSync(join(worked.source, 'f'), 'x');
    worked.handle(OPCODE.LOOKUP, 1n, name('f'));
    reader.start();
    expect(worked.handle(OPCODE.LOOKUP, 1n, name('f'))).toBeGreaterThan(0);
    const nodeid = worked.entryNodeid();
    worked.handle(OPCODE.LOOKUP, 1n, name('none'));
    worked.handle(OPCODE.OPEN, nodeid, new Uint8Array(8));
    const handle = worked.payload().getBigUint64(0, true);
    const release = new Uint8Array(24);
    new DataView(release.buffer).setBigUint64(0, handle, true);
    worked.handle(OPCODE.RELEASE, nodeid, release);
    reader.stop();
    worked.handle(OPCODE.LOOKUP, 1n, name('f'));
    expect(reader.take(10)).toMatchObject([
      { kind: 'lookup', path: 'f', errno: 0 },
      { kind: 'lookup', path: 'none', errno: 2 },
      { kind: 'open', path: 'f', size: 1, asked: 1, action: 'cached', mode: 'cached', rule: 'default' },
      { kind: 'close', bytesRead: 0, bytesWritten: 0 },
    ]);
    expect(reader.take(10)).toEqual([]);
    expect(reader.dropped).toBe(0);
  });

  it('has no close of a file that another trace saw opened, or none', () => {
    const opened = (): Uint8Array => {
      worked.handle(OPCODE.OPEN, nodeid, new Uint8Array(8));
      const release = new Uint8Array(24);
      new DataView(release.buffer).setBigUint64(0, worked.payload().getBigUint64(0, true), true);
      return release;
    };
    worked.handle(OPCODE.LOOKUP, 1n, name('f'));
    const nodeid = worked.entryNodeid();
    const untraced = opened();
    reader.start();
    const before = opened();
    reader.stop();
    reader.start();
    for (const release of [untraced, before]) worked.handle(OPCODE.RELEASE, nodeid, release);
    reader.stop();
    expect(reader.take(10)).toEqual([]);
  });
});
