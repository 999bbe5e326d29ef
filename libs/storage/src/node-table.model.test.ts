import { describe, expect, it } from 'vitest';
import { S } from '@sluice/sys';
import { NODE } from './layout.ts';
import { ROOT } from './node-table.ts';
import { seeded, Tables } from './tables.fixture.ts';

/** A node as a plain object: what the table must say about it. */
interface Model {
  id: string;
  ino: bigint;
  birth: bigint;
  type: number;
  lookups: bigint;
  name: string;
  parent: Model | undefined;
  found: boolean;
}

const STEPS = 40_000;
const tables = new Tables();
const { memory, nodes } = tables;

/** The table and the model side by side; every step is done to both and compared. */
class Pair {
  readonly live = new Map<string, { at: number; model: Model }>();
  readonly past = new Set<string>();

  constructor() {
    tables.reset();
    const root = { ino: 2n, birth: 100n, type: S.IFDIR, lookups: 1n, name: '', parent: undefined };
    this.live.set('1.0', { at: nodes.at(ROOT), model: { id: '1.0', found: true, ...root } });
  }

  idOf(at: number): string {
    return `${nodes.slotOf(at)}.${memory.getU32(at + NODE.generation)}`;
  }

  /** As a LOOKUP does: found by identity or made, then counted. */
  enter(ino: bigint, birth: bigint, type: number): void {
    const expected = [...this.live.values()].find(({ model }) => model.found && model.ino === ino);
    const same = expected?.model.birth === birth && expected.model.type === type;
    let at = tables.find({ ino, birthSeconds: birth, type });
    expect(at).toBe(same ? expected.at : 0);
    if (expected !== undefined && !same) expected.model.found = false;
    if (at === 0) {
      at = tables.create({ ino, birthSeconds: birth, type });
      expect(at === 0).toBe(this.live.size === tables.geometry.nodes - 1);
      if (at === 0) return;
      const id = this.idOf(at);
      expect(this.past.has(id)).toBe(false);
      expect(this.live.has(id)).toBe(false);
      this.live.set(id, {
        at,
        model: { id, ino, birth, type, lookups: 0n, name: '', parent: undefined, found: true },
      });
    }
    nodes.addLookup(at);
    const model = this.live.get(this.idOf(at))?.model;
    if (model !== undefined) model.lookups++;
  }

  /** As a LOOKUP beneath another parent does, unless it would make a directory its own ancestor. */
  rename(id: string, parentId: string, name: string): void {
    const [node, parent] = [this.live.get(id), this.live.get(parentId)];
    if (node === undefined || parent === undefined || id === '1.0' || parent.model.type !== S.IFDIR) return;
    let above: Model | undefined = parent.model;
    while (above !== undefined && above !== node.model) above = above.parent;
    expect(nodes.isAncestor(node.at, parent.at)).toBe(above === node.model);
    if (above === node.model) return;
    const old = node.model.parent;
    expect(tables.setName(node.at, parent.at, name)).toBe(true);
    node.model.parent = parent.model;
    node.model.name = name;
    if (old !== undefined) this.release(old.id);
  }

  forget(id: string, count: bigint): void {
    const node = this.live.get(id);
    if (node === undefined || id === '1.0') return;
    const { model } = node;
    model.lookups = model.lookups > count ? model.lookups - count : 0n;
    const gone = nodes.dropLookups(node.at, Number(count & 0xffff_ffffn), Number(count >> 32n));
    expect(gone).toBe(model.lookups === 0n);
    if (gone) this.release(id);
  }

  /** Frees the node and then its ancestors as long as nothing refers to them, as a volume does. */
  release(id: string): void {
    for (let up: string | undefined = id; up !== undefined && up !== '1.0';) {
      const node = this.live.get(up);
      if (node === undefined) return;
      const { model, at } = node;
      const children = [...this.live.values()].some((each) => each.model.parent === model);
      const unreferenced = model.lookups === 0n && !children;
      expect(nodes.isUnreferenced(at)).toBe(unreferenced);
      if (!unreferenced) return;
      expect(nodes.free(at)).toBe(model.parent === undefined ? 0 : Number(model.parent.id.split('.')[0]));
      this.live.delete(up);
      this.past.add(up);
      up = model.parent?.id;
    }
  }

  compare(): void {
    expect(nodes.count).toBe(this.live.size);
    for (const { at, model } of this.live.values()) {
      const [slot = 0, generation = 0] = model.id.split('.').map(Number);
      const name = tables.text(memory.getU32(at + NODE.name), memory.getU32(at + NODE.nameLength));
      const parent = memory.getU32(at + NODE.parent);
      const told = [
        nodes.find(slot, generation),
        parent === 0 ? undefined : this.idOf(nodes.at(parent)),
        parent === 0 ? '' : name,
        nodes.isDirectory(at),
      ];
      expect(told).toEqual([at, model.parent?.id, model.name, model.type === S.IFDIR]);
    }
  }
}

describe('the node table against a model of plain maps', () => {
  it.each([1, 2, 3])(
    `agrees with it in ${STEPS / 4} random steps and has no stale id come back, seed %i`,
    (seed) => {
      const random = seeded(seed);
      const pair = new Pair();
      const anyId = (): string => [...pair.live.keys()][random(pair.live.size)] ?? '1.0';
      let freed = 0;
      for (let step = 0; step < STEPS / 4; step++) {
        const choice = random(10);
        if (choice < 4) {
          // Inode numbers are few, so they are used again by objects of other birth and type.
          pair.enter(BigInt(10 + random(90)), BigInt(100 + random(3)), random(2) === 0 ? S.IFDIR : S.IFREG);
        } else if (choice < 7) {
          pair.rename(anyId(), anyId(), 'n'.repeat(1 + random(40)) + String(random(100)));
        } else {
          pair.forget(anyId(), random(10) === 0 ? 2n ** 64n - 1n : BigInt(1 + random(3)));
        }
        if (step % 50 === 0) pair.compare();
        const stale = [...pair.past][random(Math.max(1, pair.past.size))];
        if (stale !== undefined) {
          const [slot = 0, generation = 0] = stale.split('.').map(Number);
          expect(nodes.find(slot, generation)).toBe(0);
        }
        freed = pair.past.size;
      }
      pair.compare();
      expect(freed).toBeGreaterThan(500);
      for (let id = anyId(); pair.live.size > 1; id = anyId()) pair.forget(id, 2n ** 64n - 1n);
      expect(nodes.count).toBe(1);
    },
  );
});
