import { beforeEach, describe, expect, it } from 'vitest';
import { HEADER } from '@sluice/session';
import { OPEN_FILE } from './layout.ts';
import { OPEN_DIRECTORY, OpenFiles } from './open-files.ts';
import { MODE } from './open-mode.ts';
import { seeded, Tables } from './tables.fixture.ts';

const tables = new Tables();
const { memory } = tables;
const files = new OpenFiles(memory, tables.layout);
const handleAt = memory.slot(0).scratch;
beforeEach(() => {
  tables.reset();
});

function handleOf(at: number): bigint {
  files.writeHandle(at, handleAt);
  return new DataView(memory.buffer, handleAt, 8).getBigUint64(0, true);
}

function find(handle: bigint): number {
  new DataView(memory.buffer, handleAt, 8).setBigUint64(0, handle, true);
  return files.find(handleAt);
}

describe('open files', () => {
  it('are found by their handle until they are freed', () => {
    const at = files.create(5, MODE.cached, 0o2, 17);
    const handle = handleOf(at);
    expect(find(handle)).toBe(at);
    expect(memory.getI32(at + OPEN_FILE.fd)).toBe(17);
    expect(memory.getU32(at + OPEN_FILE.node)).toBe(5);
    files.free(at);
    expect(find(handle)).toBe(0);
  });

  it('in a slot used again are not found by the handle before', () => {
    const first = files.create(5, MODE.cached, 0, 17);
    const stale = handleOf(first);
    files.free(first);
    const second = files.create(6, MODE.direct, 0, 18);
    expect(second).toBe(first);
    expect(find(stale)).toBe(0);
    expect(find(handleOf(second))).toBe(second);
  });

  it.each([0n, 1n << 32n, 16n, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn])('have no handle %i', (handle) => {
    while (files.create(1, OPEN_DIRECTORY, 0, 3) !== 0);
    expect(find(handle)).toBe(0);
  });

  it('are refused when the table is full, until one is freed', () => {
    const opened: number[] = [];
    for (let at = files.create(1, MODE.cached, 0, -1); at !== 0; at = files.create(1, MODE.cached, 0, -1)) {
      opened.push(at);
    }
    expect(opened.length).toBe(tables.geometry.openFiles - 1);
    expect(files.count).toBe(opened.length);
    files.free(opened[4] as number);
    expect(files.create(1, MODE.cached, 0, -1)).toBe(opened[4]);
    expect(files.create(1, MODE.cached, 0, -1)).toBe(0);
  });

  it('start reading a directory at its beginning, also in a slot used before', () => {
    const at = files.create(1, OPEN_DIRECTORY, 0, 3);
    memory.setU32(at + OPEN_FILE.position, 77);
    memory.setU32(at + OPEN_FILE.position + 4, 78);
    files.free(at);
    const again = files.create(1, OPEN_DIRECTORY, 0, 3);
    expect([
      memory.getU32(again + OPEN_FILE.position),
      memory.getU32(again + OPEN_FILE.position + 4),
    ]).toEqual([0, 0]);
  });

  it('that pass through under an older policy are counted, others are not', () => {
    memory.store(HEADER.policyEpoch, 4);
    files.create(1, MODE.passthrough, 0, -1);
    files.create(1, MODE.passthroughDirect, 0, -1);
    files.create(1, MODE.cached, 0, -1);
    files.create(1, OPEN_DIRECTORY, 0, -1);
    memory.store(HEADER.policyEpoch, 5);
    files.free(files.create(1, MODE.passthrough, 0, -1));
    files.create(1, MODE.passthrough, 0, -1);
    expect(files.countOlder(4)).toBe(0);
    expect(files.countOlder(5)).toBe(2);
    expect(files.countOlder(6)).toBe(3);
  });

  it('behave like a map of handles never used twice, under random use', () => {
    const random = seeded(0x0f11);
    const open = new Map<bigint, number>();
    const past: bigint[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (random(2) === 0) {
        const node = 1 + random(60);
        const at = files.create(node, MODE.cached, 0, -1);
        expect(at === 0).toBe(open.size === tables.geometry.openFiles - 1);
        if (at === 0) continue;
        const handle = handleOf(at);
        expect(open.has(handle)).toBe(false);
        open.set(handle, node);
      } else {
        const [handle] = [...open][random(Math.max(1, open.size))] ?? [];
        if (handle === undefined) continue;
        files.free(find(handle));
        open.delete(handle);
        past.push(handle);
      }
      expect(files.count).toBe(open.size);
      const stale = past[random(Math.max(1, past.length))];
      if (stale !== undefined) expect(find(stale)).toBe(0);
      for (const [handle, node] of open) expect(memory.getU32(find(handle) + OPEN_FILE.node)).toBe(node);
    }
    expect(past.length).toBe(new Set(past).size);
  });
});
