import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { sys } from '@sluice/sys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEADER, WORKER } from './memory.ts';
import type { SessionMemory } from './memory.ts';
import { ReaderRole } from './reader-role.ts';
import type { Watcher } from './reader-watcher.fixture.ts';
import { newSessionMemory } from './session-memory.fixture.ts';
import { threadSource } from './thread-source.fixture.ts';

const GEOMETRY = { workers: 2, storageBytes: 0 };
const source = threadSource('./reader-watcher.fixture.ts');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** poll(2) of a regular file says readable at once: requests seem to wait. A memfd is one. */
const READABLE = sys.memfdCreate('sluice-test-readable', 4096);
/** Never readable: poll(2) refuses it, which is not "requests are waiting". */
const NOT_READABLE = -1;

describe('the reader role, between two workers', () => {
  let memory: SessionMemory;
  let role: ReaderRole;
  let other: Worker;

  async function start(device: number): Promise<void> {
    memory = newSessionMemory(GEOMETRY);
    role = new ReaderRole(memory, 0, device);
    const watcher: Watcher = { memoryBase: memory.base, geometry: GEOMETRY, device };
    other = new Worker(source, { eval: true, workerData: watcher });
    await once(other, 'message');
  }

  function order(what: 'take' | 'hand over'): Promise<unknown> {
    const done = once(other, 'message');
    other.postMessage(what);
    return done;
  }

  /** Serves requests that take no time, for `ms`. */
  async function traffic(ms: number): Promise<void> {
    const until = Date.now() + ms;
    while (Date.now() < until) {
      role.begin();
      expect(role.end()).toBe(true);
      await sleep(0);
    }
  }

  beforeEach(() => start(NOT_READABLE));

  afterEach(async () => {
    // Whoever still waits for the role gets it and can be ended.
    role.leave();
    await sleep(20);
    other.postMessage('exit');
    await Promise.race([once(other, 'exit'), sleep(500)]);
    await other.terminate();
    sys.arenaRelease(memory.base);
  });

  it('stays with the worker that has it while its requests are short', async () => {
    role.take();
    let taken = false;
    const waiting = order('take').then(() => (taken = true));
    await traffic(60);
    expect(taken).toBe(false);
    role.begin();
    role.handOver();
    await waiting;
    expect(role.end()).toBe(false);
    expect(memory.load(HEADER.reader)).toBe(1);
    await order('hand over');
  });

  it('is taken from a worker that is stuck on a request, which then sends its own reply', async () => {
    role.take();
    const waiting = order('take');
    await traffic(20);
    role.begin();
    await waiting;
    expect(role.end()).toBe(false);
    expect(memory.load(HEADER.reader)).toBe(1);
    await order('hand over');
    role.take();
    role.begin();
    expect(role.end()).toBe(true);
  });

  it('lets the watcher sleep when nothing comes, and wakes it with the next request', async () => {
    role.take();
    const waiting = order('take');
    while (memory.load(HEADER.watcherAsleep) === 0) await sleep(5);
    await sleep(100);
    expect(memory.load(HEADER.watcherAsleep)).toBe(1);
    role.begin();
    expect(memory.load(HEADER.watcherAsleep)).toBe(0);
    await waiting;
    expect(role.end()).toBe(false);
    await order('hand over');
  });

  it('cannot be taken by a relief that comes after the request it was meant for', () => {
    role.take();
    role.begin();
    const roleAt = memory.control(0) + WORKER.role;
    const stale = memory.load(roleAt);
    expect(role.end()).toBe(true);
    role.begin();
    expect(memory.compareExchange(roleAt, stale, 0)).not.toBe(stale);
    expect(role.end()).toBe(true);
  });

  it('is shared when requests pile up, and given back when they do not', async () => {
    role.leave();
    other.postMessage('exit');
    await once(other, 'exit');
    sys.arenaRelease(memory.base);
    await start(READABLE);
    role.take();
    const waiting = order('take');
    let beside = false;
    void waiting.then(() => (beside = true));
    const until = Date.now() + 5000;
    while (!beside && Date.now() < until) await traffic(10);
    // Both have it: the first was never asked to let go.
    expect(beside).toBe(true);
    expect(memory.load(HEADER.reader)).toBe(0);
    role.begin();
    expect(role.end()).toBe(true);
    await order('hand over');
  });
});
