import { beforeEach, describe, expect, it } from 'vitest';
import { NODE } from './layout.ts';
import { IDLE_REGISTRATIONS, Registrations } from './registrations.ts';
import { SMALL_GEOMETRY, seeded, Tables } from './tables.fixture.ts';

const tables = new Tables({ ...SMALL_GEOMETRY, nodes: IDLE_REGISTRATIONS + 64 });
const { memory, deferred } = tables;
const registrations = new Registrations(tables.nodes, deferred);
let nextId = 1;

beforeEach(() => {
  tables.reset();
  nextId = 1;
});

function registered(): number {
  const at = tables.create({ ino: BigInt(1000 + nextId) });
  memory.setI32(at + NODE.backingId, nextId++);
  return at;
}

describe('registrations', () => {
  it('idle after the last close and are used again without ending', () => {
    const at = registered();
    registrations.becomeIdle(at);
    expect(registrations.idleCount).toBe(1);
    registrations.becomeUsed(at);
    expect(registrations.idleCount).toBe(0);
    expect(memory.getI32(at + NODE.backingId)).toBe(1);
    expect(deferred.ended).toEqual([]);
  });

  it('end once, and only while they idle', () => {
    const at = registered();
    registrations.end(at);
    expect(deferred.ended).toEqual([]);
    registrations.becomeIdle(at);
    registrations.end(at);
    registrations.end(at);
    expect(deferred.ended).toEqual([1]);
    expect(memory.getI32(at + NODE.backingId)).toBe(0);
  });

  it('idle once, however often the last open closes', () => {
    const at = registered();
    registrations.becomeIdle(at);
    registrations.becomeIdle(at);
    expect(registrations.idleCount).toBe(1);
  });

  it('are not made up for nodes without one, nor for one that is under way', () => {
    const [without, pending] = [registered(), registered()];
    memory.setI32(without + NODE.backingId, 0);
    memory.setI32(pending + NODE.backingId, -1);
    registrations.becomeIdle(without);
    registrations.becomeIdle(pending);
    expect(registrations.idleCount).toBe(0);
  });

  it('beyond the limit end in the order in which they became idle', () => {
    const nodes = Array.from({ length: IDLE_REGISTRATIONS }, registered);
    for (const at of nodes) registrations.becomeIdle(at);
    expect(deferred.ended).toEqual([]);
    // The first is used in between, so the second is the one idle for longest.
    registrations.becomeUsed(nodes[0] as number);
    registrations.becomeIdle(nodes[0] as number);
    registrations.becomeIdle(registered());
    registrations.becomeIdle(registered());
    expect(deferred.ended).toEqual([2, 3]);
    expect(registrations.idleCount).toBe(IDLE_REGISTRATIONS);
  });

  it('each end exactly once and never in use, under random use', () => {
    const random = seeded(0x1d1e);
    const nodes = Array.from({ length: 40 }, registered);
    const used = new Set(nodes);
    const owner = new Map(nodes.map((at) => [memory.getI32(at + NODE.backingId), at]));
    for (let i = 0; i < 20_000; i++) {
      const at = nodes[random(nodes.length)] as number;
      const choice = random(4);
      if (choice === 0) {
        if (memory.getI32(at + NODE.backingId) === 0) {
          memory.setI32(at + NODE.backingId, nextId);
          owner.set(nextId++, at);
        }
        registrations.becomeUsed(at);
        used.add(at);
      } else if (choice === 1) {
        registrations.becomeIdle(at);
        used.delete(at);
      } else if (choice === 2) {
        registrations.end(at);
      }
      for (const id of deferred.ended.splice(0)) {
        const whose = owner.get(id);
        expect(whose === undefined ? `id ${id} ended twice` : used.has(whose)).toBe(false);
        owner.delete(id);
      }
      const idle = nodes.filter((each) => !used.has(each) && memory.getI32(each + NODE.backingId) > 0);
      expect(registrations.idleCount).toBe(idle.length);
    }
  });
});
