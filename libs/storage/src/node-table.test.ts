import { beforeEach, describe, expect, it } from 'vitest';
import { S } from '@sluice/sys';
import { NODE } from './layout.ts';
import { ROOT } from './node-table.ts';
import { Tables } from './tables.fixture.ts';

const tables = new Tables();
const { memory, nodes } = tables;
beforeEach(() => {
  tables.reset();
});

function lookups(at: number): bigint {
  return BigInt(memory.getU32(at + NODE.lookups)) | (BigInt(memory.getU32(at + NODE.lookups + 4)) << 32n);
}

function setLookups(at: number, count: bigint): void {
  memory.setU32(at + NODE.lookups, Number(count & 0xffff_ffffn));
  memory.setU32(at + NODE.lookups + 4, Number(count >> 32n));
}

function drop(at: number, count: bigint): boolean {
  return nodes.dropLookups(at, Number(count & 0xffff_ffffn), Number(count >> 32n));
}

describe('a node', () => {
  it('is found by its id and by its lower object’s identity', () => {
    const at = tables.create({ ino: 5n });
    expect(nodes.find(nodes.slotOf(at), 0)).toBe(at);
    expect(tables.find({ ino: 5n })).toBe(at);
    expect(nodes.findByRecord(memory.u8.subarray(tables.stat({ ino: 5n })))).toBe(at);
  });

  it('is told from others by all 64 bits of inode number and device, and by the type', () => {
    const at = tables.create({ ino: 5n, device: 7n });
    const others = [
      { ino: 5n | (1n << 32n), device: 7n },
      { ino: 5n | (1n << 63n), device: 7n },
      { ino: 5n, device: 8n },
      { ino: 5n, device: 7n | (1n << 32n) },
    ];
    for (const other of others) expect(tables.find(other)).toBe(0);
    expect(nodes.isSame(at, tables.stat({ ino: 5n, device: 7n }))).toBe(true);
    expect(nodes.isSame(at, tables.stat({ ino: 5n, device: 7n, type: S.IFDIR }))).toBe(false);
    for (const other of others) expect(nodes.isSame(at, tables.stat(other))).toBe(false);
  });

  it('whose inode number another object has now is found by its id alone', () => {
    for (const change of [{ birthSeconds: 101n }, { birthNanoseconds: 6 }, { type: S.IFLNK }]) {
      tables.reset();
      const old = tables.create({ ino: 5n });
      expect(tables.find({ ino: 5n, ...change })).toBe(0);
      expect(nodes.find(nodes.slotOf(old), 0)).toBe(old);
      const young = tables.create({ ino: 5n, ...change });
      expect(tables.find({ ino: 5n, ...change })).toBe(young);
      // The old object does not come back, even if asked for first.
      expect(tables.find({ ino: 5n })).toBe(0);
    }
  });

  it('looked for from outside is not lost to another object with its number', () => {
    const at = tables.create({ ino: 5n });
    expect(nodes.findByRecord(memory.u8.subarray(tables.stat({ ino: 5n, birthSeconds: 9n })))).toBe(0);
    expect(tables.find({ ino: 5n })).toBe(at);
  });

  it('disowned twice leaves the table as it is', () => {
    const [first, second] = [tables.create({ ino: 5n }), tables.create({ ino: 6n })];
    nodes.disown(first);
    nodes.disown(first);
    expect(tables.find({ ino: 5n })).toBe(0);
    expect(tables.find({ ino: 6n })).toBe(second);
  });

  it('of a slot used again has another id', () => {
    const at = tables.create({ ino: 5n });
    const slot = nodes.slotOf(at);
    nodes.free(at);
    expect(nodes.find(slot, 0)).toBe(0);
    expect(tables.create({ ino: 6n })).toBe(at);
    expect(nodes.find(slot, 0)).toBe(0);
    expect(nodes.find(slot, 1)).toBe(at);
  });

  it.each([
    [0, 0],
    [63, 0],
    [64, 0],
    [0xffff_ffff, 0],
    [ROOT, 1],
    [ROOT, 0xffff_ffff],
    [2, 0],
  ])('with slot %i and generation %i is not known', (slot, generation) => {
    expect(nodes.find(slot, generation)).toBe(0);
  });

  it('of slot 1 and generation 0 is the root, FUSE_ROOT_ID', () => {
    expect(nodes.find(1, 0)).toBe(nodes.at(ROOT));
    expect(nodes.isDirectory(nodes.at(ROOT))).toBe(true);
  });

  it('finds no place in a full table, until another goes', () => {
    const made: number[] = [];
    for (let ino = 10n; ; ino++) {
      const at = tables.create({ ino });
      if (at === 0) break;
      made.push(at);
    }
    // Slot 0 is no node and slot 1 the root.
    expect(made.length).toBe(tables.geometry.nodes - 2);
    expect(nodes.count).toBe(tables.geometry.nodes - 1);
    nodes.free(made[7] as number);
    expect(tables.create({ ino: 5n })).toBe(made[7]);
    expect(tables.create({ ino: 6n })).toBe(0);
  });

  it('keeps a file handle that fits, and none that does not', () => {
    const handleAt = memory.slot(0).scratch + 2048;
    const write = (bytes: number): void => {
      memory.setU32(handleAt, bytes);
      memory.setU32(handleAt + 4, 0x81);
      memory.u8.fill(0xab, handleAt + 8, handleAt + 8 + bytes);
    };
    write(40);
    const fits = nodes.create(tables.stat({ ino: 5n }), handleAt);
    expect(nodes.hasHandle(fits, handleAt)).toBe(true);
    memory.u8[handleAt + 8 + 39] = 0;
    expect(nodes.hasHandle(fits, handleAt)).toBe(false);
    write(40);
    memory.setU32(handleAt + 4, 0x82);
    expect(nodes.hasHandle(fits, handleAt)).toBe(false);
    write(39);
    expect(nodes.hasHandle(fits, handleAt)).toBe(false);
    write(41);
    const neighbour = tables.create({ ino: 7n });
    const refused = nodes.create(tables.stat({ ino: 6n }), handleAt);
    expect(memory.getU32(refused + NODE.handle)).toBe(0);
    expect(nodes.hasHandle(refused, handleAt)).toBe(true);
    expect(tables.find({ ino: 7n })).toBe(neighbour);
  });
});

describe('lookup counts', () => {
  it('carry into their upper word and borrow from it', () => {
    const at = tables.create({ ino: 5n });
    setLookups(at, 0xffff_ffffn);
    nodes.addLookup(at);
    expect(lookups(at)).toBe(0x1_0000_0000n);
    expect(drop(at, 1n)).toBe(false);
    expect(lookups(at)).toBe(0xffff_ffffn);
  });

  it('never fall below 0, whatever the kernel forgets', () => {
    const at = tables.create({ ino: 5n });
    for (const [have, lost] of [
      [0n, 1n],
      [5n, 6n],
      [5n, 1n << 32n],
      [(1n << 32n) + 5n, (1n << 32n) + 6n],
      [1n << 32n, 2n ** 64n - 1n],
    ] as const) {
      setLookups(at, have);
      expect(drop(at, lost)).toBe(true);
      expect(lookups(at)).toBe(0n);
    }
  });

  it('are 64-bit arithmetic for any two numbers', () => {
    const at = tables.create({ ino: 5n });
    const edges = [0n, 1n, 2n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
    const values = edges.flatMap((high) => edges.map((low) => (high << 32n) | low));
    for (const have of values) {
      for (const lost of values) {
        setLookups(at, have);
        const left = have > lost ? have - lost : 0n;
        expect(drop(at, lost)).toBe(left === 0n);
        expect(lookups(at)).toBe(left);
      }
    }
  });
});

describe('names', () => {
  function directory(ino: bigint, parent: number, name: string): number {
    const at = tables.create({ ino, type: S.IFDIR });
    expect(tables.setName(at, parent, name)).toBe(true);
    return at;
  }

  it('keep the parent, and let go of it with the next name', () => {
    const root = nodes.at(ROOT);
    const [a, b] = [directory(10n, root, 'a'), directory(11n, root, 'b')];
    const file = tables.create({ ino: 12n });
    tables.setName(file, a, 'x');
    expect(nodes.isUnreferenced(a)).toBe(false);
    tables.setName(file, b, 'y');
    expect(nodes.isUnreferenced(a)).toBe(true);
    expect(nodes.isUnreferenced(b)).toBe(false);
    expect(nodes.free(file)).toBe(nodes.slotOf(b));
    expect(nodes.isUnreferenced(b)).toBe(true);
  });

  it('are compared byte by byte, with their length and parent', () => {
    const root = nodes.at(ROOT);
    const [a, b] = [directory(10n, root, 'name'), directory(11n, root, 'b')];
    const isNamed = (parent: number, name: string): boolean => {
      const { at, length } = tables.name(name);
      return nodes.isNamed(a, nodes.slotOf(parent), at, length);
    };
    expect(isNamed(root, 'name')).toBe(true);
    for (const other of ['nam', 'names', 'namE', 'Name', '']) expect(isNamed(root, other)).toBe(false);
    expect(isNamed(b, 'name')).toBe(false);
  });

  it('that find no place leave the node the name it had', () => {
    const root = nodes.at(ROOT);
    const file = tables.create({ ino: 12n });
    tables.setName(file, root, 'kept');
    let taken = 0;
    while (nodes.names.store(tables.name('n'.repeat(255)).at, 255) !== 0) taken++;
    expect(taken).toBeGreaterThan(10);
    expect(tables.setName(file, root, 'n'.repeat(255))).toBe(false);
    const { at, length } = tables.name('kept');
    expect(nodes.isNamed(file, ROOT, at, length)).toBe(true);
  });

  it('tell an ancestor from a descendant, a sibling and a stranger', () => {
    const root = nodes.at(ROOT);
    const a = directory(10n, root, 'a');
    const b = directory(11n, a, 'b');
    const c = directory(12n, b, 'c');
    const sibling = directory(13n, root, 'd');
    const nameless = tables.create({ ino: 14n, type: S.IFDIR });
    expect([root, a, b, c].map((at) => nodes.isAncestor(at, c))).toEqual([true, true, true, true]);
    expect([c, b].map((at) => nodes.isAncestor(at, a))).toEqual([false, false]);
    expect(nodes.isAncestor(a, sibling)).toBe(false);
    expect(nodes.isAncestor(root, nameless)).toBe(false);
    expect(nodes.isAncestor(nameless, c)).toBe(false);
  });
});
