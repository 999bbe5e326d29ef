/**
 * Tells the kernel to forget names and attributes. On a thread of its own: the kernel takes the directory's lock for each
 * name, and whoever holds it may be waiting for a worker that waits for storage. Neither the workers nor the main thread
 * ever wait for this thread, so what it waits for always comes.
 */
import { HEADER, Lock } from '@sluice/session';
import type { Notifier, SessionMemory } from '@sluice/session';
import { Aliases } from '../aliases.ts';
import { ALIAS, NODE, planStorage } from '../layout.ts';
import type { StorageGeometry } from '../layout.ts';
import { NodeTable } from '../node-table.ts';
import { INVALIDATE, INVALIDATION_WORDS } from './invalidation-list.ts';
import { nodePathText } from '../node-path.ts';

/**
 * Nodes whose names are copied in one go, under the table lock, and told in one go: few enough to take nobody's turn on a
 * processor away. The first batches are smaller still, because code that runs for the first time is slow.
 */
const BATCH = 16;

interface Told {
  slot: number;
  generation: number;
  attributes: boolean;
  /** Its names; none: not them. */
  entries: Entry[];
}

interface Entry {
  parent: { slot: number; generation: number };
  name: Uint8Array;
  /** Of a directory, within the volume; else empty. */
  path: string;
}

export class Invalidator {
  readonly #nodes: NodeTable;
  readonly #aliases: Aliases;
  readonly #lock: Lock;
  readonly #notifier: Pick<Notifier, 'invalidateEntry' | 'invalidateAttributes'>;

  constructor(
    memory: SessionMemory,
    geometry: StorageGeometry,
    notifier: Pick<Notifier, 'invalidateEntry' | 'invalidateAttributes'>,
  ) {
    this.#nodes = new NodeTable(memory, planStorage(geometry, memory.storageAt));
    this.#aliases = new Aliases(this.#nodes);
    this.#lock = new Lock(memory, HEADER.tableLock);
    this.#notifier = notifier;
  }

  /**
   * `words`: an InvalidationList's. `mounts`: paths in the volume at which, or beneath which, something is mounted: dropping
   * such a name would take the mount away for everybody, so it only expires. `pause`: called between batches, since the kernel
   * answers each name with a FORGET, and requests of programs should not have to queue behind thousands of those.
   */
  run(words: Uint32Array, mounts: ReadonlySet<string>, pause: () => void): void {
    let nodes = 1;
    let end: number;
    for (let from = 0; from < words.length; from = end, nodes = Math.min(nodes * 2, BATCH)) {
      if (from > 0) pause();
      end = from + nodes * INVALIDATION_WORDS;
      const batch = this.#copy(words.subarray(from, end));
      for (const { slot, generation, attributes, entries } of batch) {
        // ENOENT: the kernel has forgotten it already.
        for (const { parent, name, path } of entries)
          this.#notifier.invalidateEntry(parent, name, mounts.has(path));
        if (attributes) this.#notifier.invalidateAttributes({ slot, generation });
      }
    }
  }

  #copy(words: Uint32Array): Told[] {
    const batch: Told[] = [];
    this.#lock.acquire();
    for (let i = 0; i < words.length; i += INVALIDATION_WORDS) {
      const slot = words[i] as number;
      const generation = words[i + 1] as number;
      const what = words[i + 2] as number;
      const at = this.#nodes.find(slot, generation);
      if (at === 0) continue;
      const entries = (what & INVALIDATE.entry) === 0 ? [] : this.#entriesOf(at);
      batch.push({ slot, generation, attributes: (what & INVALIDATE.attributes) !== 0, entries });
    }
    this.#lock.release();
    return batch;
  }

  /** The name it is known by, and of a file with hard links the others. */
  #entriesOf(at: number): Entry[] {
    const { memory } = this.#nodes;
    const path = this.#nodes.isDirectory(at) ? nodePathText(this.#nodes, at) : '';
    const entries: Entry[] = [];
    const add = (parent: number, name: number, length: number): void => {
      if (parent === 0) return;
      const generation = memory.getU32(this.#nodes.at(parent) + NODE.generation);
      entries.push({
        parent: { slot: parent, generation },
        name: memory.u8.slice(name, name + length),
        path,
      });
    };
    add(memory.getU32(at + NODE.parent), memory.getU32(at + NODE.name), memory.getU32(at + NODE.nameLength));
    for (let alias = this.#aliases.first(at); alias !== 0; alias = this.#aliases.next(alias)) {
      const [parent, name] = [memory.getU32(alias + ALIAS.parent), memory.getU32(alias + ALIAS.name)];
      add(parent, name, memory.getU32(alias + ALIAS.nameLength));
    }
    return entries;
  }
}
