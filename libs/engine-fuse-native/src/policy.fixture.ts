/** Session memory that holds a policy in force, and nothing else. */
import { loadPolicy } from '@sluice/policy';
import { HEADER, Lock, SessionMemory } from '@sluice/session';
import { switchPolicy, writePolicyImage } from '@sluice/storage';
import { sys } from '@sluice/sys';
import { PathPolicy } from './path-policy.ts';

const GEOMETRY = { workers: 1, storageBytes: 0 };

export class PolicyInForce {
  readonly memory: SessionMemory;
  readonly #lock: Lock;

  constructor(text: string) {
    const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor(GEOMETRY));
    this.memory = SessionMemory.attach(fd, GEOMETRY, true);
    sys.close(fd);
    this.#lock = new Lock(this.memory, HEADER.tableLock);
    this.apply(text);
  }

  apply(text: string): void {
    const { image, diagnostics } = loadPolicy(text);
    if (image === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    writePolicyImage(this.memory, image);
    switchPolicy(this.memory, this.#lock);
  }

  paths(): PathPolicy {
    return new PathPolicy(this.memory);
  }

  release(): void {
    sys.arenaRelease(this.memory.base);
  }
}

export function bytes(path: string): Uint8Array {
  return new TextEncoder().encode(path);
}
