/** The volume's tables in session memory of their own, small enough to be filled, for tests without a lower tree. */
import { afterAll } from 'vitest';
import { LOWER_STAT, S, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { HEADER, SessionMemory } from '@sluice/session';
import { Deferred } from './deferred.ts';
import { planStorage, sessionGeometry } from './layout.ts';
import type { StorageGeometry, StorageLayout } from './layout.ts';
import { NodeTable } from './node-table.ts';

export const SMALL_GEOMETRY: StorageGeometry = {
  nodes: 64,
  nameBytes: 16 * 1024,
  openFiles: 16,
  directoryFds: 6,
  lockOwners: 8,
  lockWaits: 8,
  aliases: 16,
};

/** What a lower object is known by; all but `ino` have a value in common. */
export interface Identity {
  ino: bigint;
  device?: bigint;
  birthSeconds?: bigint;
  birthNanoseconds?: number;
  type?: number;
}

/** Remembers what was to be closed and ended instead of doing it. */
export class RecordingDeferred extends Deferred {
  readonly closed: number[] = [];
  readonly ended: number[] = [];

  override closeFd(fd: number): void {
    this.closed.push(fd);
  }

  override unregister(backingId: number): void {
    this.ended.push(backingId);
  }
}

export class Tables {
  readonly memory: SessionMemory;
  readonly layout: StorageLayout;
  readonly nodes: NodeTable;
  readonly deferred = new RecordingDeferred();
  readonly #geometry: StorageGeometry;

  constructor(geometry: StorageGeometry = SMALL_GEOMETRY) {
    this.#geometry = geometry;
    const session = sessionGeometry(1, geometry);
    const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor(session));
    this.memory = SessionMemory.attach(fd, session, true);
    sys.close(fd);
    this.layout = planStorage(geometry, this.memory.storageAt);
    this.nodes = new NodeTable(this.memory, this.layout);
    afterAll(() => sys.arenaRelease(this.memory.base));
  }

  /** Empties all tables and makes the root. */
  reset(): void {
    const { memory, layout } = this;
    memory.u8.fill(0, layout.shared, layout.end);
    memory.store(HEADER.pathEpoch, 1);
    this.deferred.closed.length = 0;
    this.deferred.ended.length = 0;
    this.nodes.addLookup(this.create({ ino: 2n, type: S.IFDIR }));
  }

  get geometry(): StorageGeometry {
    return this.#geometry;
  }

  /** Offset of a LOWER_STAT record in scratch space; the same one each time. */
  stat({ ino, device = 7n, birthSeconds = 100n, birthNanoseconds = 5, type = S.IFREG }: Identity): number {
    const at = this.memory.slot(0).scratch;
    const view = new DataView(this.memory.buffer, at, LOWER_STAT.SIZE);
    new Uint8Array(this.memory.buffer, at, LOWER_STAT.SIZE).fill(0);
    view.setBigUint64(LOWER_STAT.attr + ATTR.ino, ino, true);
    view.setUint32(LOWER_STAT.attr + ATTR.mode, type | 0o644, true);
    view.setBigUint64(LOWER_STAT.device, device, true);
    view.setBigUint64(LOWER_STAT.birthSeconds, birthSeconds, true);
    view.setUint32(LOWER_STAT.birthNanoseconds, birthNanoseconds, true);
    return at;
  }

  create(identity: Identity): number {
    return this.nodes.create(this.stat(identity), 0);
  }

  find(identity: Identity): number {
    return this.nodes.findByIdentity(this.stat(identity));
  }

  /** Offset and length of the bytes of `name` in scratch space. */
  name(name: string): { at: number; length: number } {
    const bytes = new TextEncoder().encode(name);
    const at = this.memory.slot(0).scratch + 1024;
    this.memory.u8.set(bytes, at);
    return { at, length: bytes.length };
  }

  setName(node: number, parent: number, name: string): boolean {
    const { at, length } = this.name(name);
    return this.nodes.setName(node, this.nodes.slotOf(parent), at, length);
  }

  /** `length` bytes at `at` as text. */
  text(at: number, length: number): string {
    return new TextDecoder().decode(this.memory.u8.slice(at, at + length));
  }
}

/** mulberry32: whole numbers in [0, bound) that depend on the seed alone. */
export function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) % bound) >>> 0;
  };
}
