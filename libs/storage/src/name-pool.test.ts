import { beforeEach, describe, expect, it } from 'vitest';
import { LONGEST_NAME, NamePool } from './name-pool.ts';
import { seeded, Tables } from './tables.fixture.ts';

const tables = new Tables();
const pool = new NamePool(tables.memory, tables.layout);
beforeEach(() => {
  tables.reset();
});

function store(name: string): number {
  const { at, length } = tables.name(name);
  return pool.store(at, length);
}

describe('the pool of names', () => {
  it.each([1, 15, 16, 31, 32, 63, 64, 127, 128, LONGEST_NAME])(
    'keeps a name of %i bytes with a NUL behind it',
    (length) => {
      const name = 'n'.repeat(length);
      const [at, next] = [store(name), store('x')];
      expect(tables.text(at, length)).toBe(name);
      expect(tables.memory.u8[at + length]).toBe(0);
      expect(next - at).toBeGreaterThan(length);
    },
  );

  it('takes no name longer than the longest', () => {
    expect(store('n'.repeat(LONGEST_NAME + 1))).toBe(0);
  });

  it('uses a freed block again for a name of its class, and for no other', () => {
    const at = store('seventeen bytes..');
    pool.free(at, 17);
    expect(store('short')).not.toBe(at);
    expect(store('as long as thirty-one bytes....')).toBe(at);
  });

  it('is full when its bytes are, until a name is freed', () => {
    const taken: number[] = [];
    for (let at = store('n'.repeat(200)); at !== 0; at = store('n'.repeat(200))) taken.push(at);
    expect(taken.length).toBe(tables.geometry.nameBytes / 256);
    expect(store('n'.repeat(200))).toBe(0);
    pool.free(taken[3] as number, 200);
    expect(store('n'.repeat(255))).toBe(taken[3]);
  });

  it('never hands a block out twice, under random use', () => {
    const random = seeded(0x4a11);
    const held = new Map<number, string>();
    for (let i = 0; i < 30_000; i++) {
      if (random(2) === 0) {
        const name = String.fromCharCode(97 + random(26)).repeat(1 + random(LONGEST_NAME));
        const at = store(name);
        if (at === 0) continue;
        expect(held.has(at)).toBe(false);
        held.set(at, name);
      } else {
        const [at, name] = [...held][random(Math.max(1, held.size))] ?? [0, ''];
        if (at === 0) continue;
        // Still what was stored, and its NUL: no other name was written over it.
        expect(tables.text(at, name.length + 1)).toBe(`${name}\0`);
        pool.free(at, name.length);
        held.delete(at);
      }
    }
  });
});
