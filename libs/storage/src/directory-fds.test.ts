import { beforeEach, describe, expect, it } from 'vitest';
import { S } from '@sluice/sys';
import { DirectoryFds } from './directory-fds.ts';
import { NODE } from './layout.ts';
import { seeded, Tables } from './tables.fixture.ts';

const tables = new Tables();
const { memory, nodes, deferred, geometry } = tables;
const CAPACITY = geometry.directoryFds;
const fds = new DirectoryFds(memory, tables.layout, deferred);
let directories: number[] = [];

beforeEach(() => {
  tables.reset();
  fds.initialise();
  directories = Array.from({ length: CAPACITY + 4 }, (_, i) =>
    tables.create({ ino: BigInt(100 + i), type: S.IFDIR }),
  );
});

function node(index: number): number {
  return directories[index] as number;
}

/** Caches `fd` for the directory and ends the use at once. */
function cache(index: number, fd: number): void {
  fds.unpin(fds.add(node(index), nodes.slotOf(node(index)), fd));
}

function isCached(index: number): boolean {
  return memory.getU32(node(index) + NODE.fdEntry) !== 0;
}

describe('cached directory descriptors', () => {
  it('are found again by their node', () => {
    cache(0, 50);
    const entry = fds.pin(node(0));
    expect(fds.fd(entry)).toBe(50);
    fds.unpin(entry);
    expect(fds.pin(node(1))).toBe(0);
    expect(deferred.closed).toEqual([]);
  });

  it('go in the order of their last use when there is no room', () => {
    for (let i = 0; i < CAPACITY; i++) cache(i, 50 + i);
    fds.unpin(fds.pin(node(0)));
    cache(CAPACITY, 90);
    cache(CAPACITY + 1, 91);
    expect(deferred.closed).toEqual([51, 52]);
    expect([0, 1, 2, 3].map(isCached)).toEqual([true, false, false, true]);
  });

  it('stay while they are in use', () => {
    cache(0, 50);
    const entry = fds.pin(node(0));
    for (let i = 1; i < CAPACITY + 4; i++) cache(i, 50 + i);
    expect(isCached(0)).toBe(true);
    expect(fds.fd(entry)).toBe(50);
    expect(deferred.closed).not.toContain(50);
  });

  it('find no room while all are in use, and room again afterwards', () => {
    const entries = Array.from({ length: CAPACITY }, (_, i) =>
      fds.add(node(i), nodes.slotOf(node(i)), 50 + i),
    );
    expect(entries).not.toContain(0);
    expect(fds.add(node(CAPACITY), nodes.slotOf(node(CAPACITY)), 99)).toBe(0);
    expect(deferred.closed).toEqual([]);
    fds.unpin(entries[2] as number);
    cache(CAPACITY, 99);
    expect(deferred.closed).toEqual([52]);
  });

  it('used by two workers stay until both are done', () => {
    cache(0, 50);
    const [first, second] = [fds.pin(node(0)), fds.pin(node(0))];
    expect(first).toBe(second);
    fds.unpin(first);
    expect(fds.shrink(CAPACITY)).toBe(0);
    fds.unpin(second);
    expect(fds.shrink(CAPACITY)).toBe(1);
    expect(deferred.closed).toEqual([50]);
  });

  it('of a node that goes away are closed at once, or with the last use', () => {
    cache(0, 50);
    fds.drop(node(0));
    expect(deferred.closed).toEqual([50]);
    cache(1, 51);
    const entry = fds.pin(node(1));
    fds.pin(node(1));
    fds.drop(node(1));
    fds.unpin(entry);
    expect(deferred.closed).toEqual([50]);
    fds.unpin(entry);
    expect(deferred.closed).toEqual([50, 51]);
    fds.drop(node(2));
    expect(deferred.closed).toEqual([50, 51]);
  });

  it('are given up when descriptors are short, the oldest first and only once each', () => {
    for (let i = 0; i < 4; i++) cache(i, 50 + i);
    expect(fds.shrink(2)).toBe(2);
    expect(deferred.closed).toEqual([50, 51]);
    expect(fds.shrink(99)).toBe(2);
    expect(fds.shrink(99)).toBe(0);
    expect(deferred.closed).toEqual([50, 51, 52, 53]);
  });

  it('are each closed exactly once and never in use, under random use', () => {
    const random = seeded(0xfd5);
    const live = new Set<number>();
    const pins: { entry: number; fd: number }[] = [];
    let nextFd = 1000;
    let settled = 0;
    const settle = (): void => {
      for (; settled < deferred.closed.length; settled++) {
        const fd = deferred.closed[settled] as number;
        expect(live.delete(fd), `${fd} was closed before`).toBe(true);
        expect(pins.some((pin) => pin.fd === fd)).toBe(false);
      }
    };
    for (let i = 0; i < 30_000; i++) {
      const at = node(random(directories.length));
      const choice = random(10);
      if (choice < 5 && pins.length < CAPACITY + 2) {
        let entry = fds.pin(at);
        if (entry === 0) {
          live.add(nextFd);
          entry = fds.add(at, nodes.slotOf(at), nextFd);
          if (entry === 0) live.delete(nextFd);
          nextFd++;
        }
        if (entry !== 0) pins.push({ entry, fd: fds.fd(entry) });
      } else if (choice < 8 && pins.length > 0) {
        const [pin] = pins.splice(random(pins.length), 1);
        if (pin !== undefined) {
          expect(fds.fd(pin.entry)).toBe(pin.fd);
          fds.unpin(pin.entry);
        }
      } else if (choice === 8) {
        fds.drop(at);
      } else {
        fds.shrink(random(3));
      }
      settle();
      expect(live.size).toBeLessThanOrEqual(CAPACITY);
    }
    for (const { entry } of pins.splice(0)) fds.unpin(entry);
    fds.shrink(CAPACITY);
    settle();
    expect(live.size).toBe(0);
  });
});

describe('descriptors that hold removed objects', () => {
  const hold = (index: number, fd: number): boolean => fds.hold(node(index), nodes.slotOf(node(index)), fd);

  it('stay until their node goes, whatever else is cached', () => {
    expect(hold(0, 50)).toBe(true);
    for (let i = 1; i < CAPACITY + 4; i++) cache(i, 50 + i);
    expect(fds.held(node(0))).toBe(50);
    expect(fds.held(node(1))).toBe(-1);
    fds.drop(node(0));
    expect(deferred.closed).toContain(50);
    expect(fds.held(node(0))).toBe(-1);
  });

  it('are the cached one of a directory that has one', () => {
    cache(0, 50);
    expect(hold(0, 60)).toBe(true);
    expect([fds.held(node(0)), deferred.closed]).toEqual([50, [60]]);
  });

  it('take half of the entries at most', () => {
    const held = directories.map((_, index) => hold(index, 50 + index));
    expect(held.filter(Boolean).length).toBe(CAPACITY / 2);
    expect(deferred.closed).toEqual([]);
    fds.drop(node(0));
    expect(hold(CAPACITY, 90)).toBe(true);
  });

  it('are cached ones like others when the object has a name again', () => {
    hold(0, 50);
    fds.letGo(node(0));
    expect([fds.held(node(0)), isCached(0)]).toEqual([-1, true]);
    for (let i = 1; i < CAPACITY + 4; i++) cache(i, 50 + i);
    expect(isCached(0)).toBe(false);
  });

  it('give their place back before a directory that still serves loses its own', () => {
    for (let i = 0; i < CAPACITY - 1; i++) cache(i, 50 + i);
    hold(CAPACITY, 90);
    fds.drop(node(CAPACITY));
    cache(CAPACITY + 1, 91);
    expect(deferred.closed).toEqual([90]);
  });
});
