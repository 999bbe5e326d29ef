/** What the operations share: the lower tree, the policy, open files, counters, and what the volume does besides. */
import { COUNTER, SHARED, planStorage } from '@sluice/storage';
import type { StorageGeometry, VolumeFeatures } from '@sluice/storage';
import { WorkerCounters } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { ERRNO } from '@sluice/sys';
import { OPCODES } from '@sluice/wire';
import { LowerTree } from './lower-tree.ts';
import { OpenFiles } from './open-files.ts';
import { PathPolicy } from './path-policy.ts';
import { RedactedReads } from './redacted-reads.ts';
import { RequestRecords } from './request-records.ts';
import { volumePath } from './volume-path.ts';

export interface PathVolumeOptions {
  memory: SessionMemory;
  geometry: StorageGeometry;
  /** O_RDONLY | O_DIRECTORY descriptor of the source. */
  rootFd: number;
  features: VolumeFeatures;
  /** A defect of ours, which the caller was told as EIO. */
  onFault: (opcode: number, error: unknown) => void;
}

type OpcodeName = (typeof OPCODES)[number]['name'];
const NUMBERS = new Map<string, number>(OPCODES.map(({ name, number }) => [name, number]));

export class PathVolume {
  readonly memory: SessionMemory;
  readonly rootFd: number;
  readonly features: VolumeFeatures;
  readonly lower: LowerTree;
  readonly policy: PathPolicy;
  readonly counters: WorkerCounters;
  readonly redactedReads: RedactedReads;
  readonly records = new RequestRecords();
  readonly #files = new OpenFiles();
  readonly #openCountAt: number;
  readonly #onFault: PathVolumeOptions['onFault'];

  constructor({ memory, geometry, rootFd, features, onFault }: PathVolumeOptions) {
    this.memory = memory;
    this.rootFd = rootFd;
    this.features = features;
    this.lower = new LowerTree(rootFd);
    this.policy = new PathPolicy(memory);
    this.counters = new WorkerCounters(memory, 0);
    this.redactedReads = new RedactedReads(this.lower);
    this.#openCountAt = planStorage(geometry, memory.storageAt).shared + SHARED.openCount;
    this.#onFault = onFault;
  }

  get files(): Readonly<Pick<OpenFiles, 'find' | 'count'>> {
    return this.#files;
  }

  addFile(file: Parameters<OpenFiles['add']>[0]): number {
    const handle = this.#files.add(file);
    this.memory.store(this.#openCountAt, this.#files.count);
    return handle;
  }

  removeFile(handle: number): ReturnType<OpenFiles['remove']> {
    const file = this.#files.remove(handle);
    this.memory.store(this.#openCountAt, this.#files.count);
    return file;
  }

  /** Counts the request and answers it: `act` gives 0, a count or -errno. */
  answer(opcode: OpcodeName, act: () => number): number {
    const number = NUMBERS.get(opcode) as number;
    this.counters.countRequest(number);
    this.lower.scratch.reset();
    try {
      this.policy.refresh();
      return act();
    } catch (error) {
      this.counters.add(COUNTER.faults, 1);
      this.#onFault(number, error);
      return -ERRNO.EIO;
    }
  }

  /** The same of a request about a path, `act` told its bytes. EINVAL for one that is not UTF-8. */
  answerFor(opcode: OpcodeName, path: string, act: (path: Uint8Array) => number): number {
    return this.answer(opcode, () => {
      const bytes = volumePath(path);
      return bytes === undefined ? -ERRNO.EINVAL : act(bytes);
    });
  }

  /** The same of two paths. */
  answerForTwo(
    opcode: OpcodeName,
    one: string,
    other: string,
    act: (one: Uint8Array, other: Uint8Array) => number,
  ): number {
    return this.answer(opcode, () => {
      const first = volumePath(one);
      const second = volumePath(other);
      return first === undefined || second === undefined ? -ERRNO.EINVAL : act(first, second);
    });
  }
}
