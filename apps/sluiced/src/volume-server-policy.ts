/** The volume server's part in a change of policy: the switch, what it changes, and what the kernel has to forget for it. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PolicyImage } from '@sluice/policy';
import { HEADER, Lock, POLICY_IMAGE_BYTES } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { PolicyChangeWalk, switchPolicy, workersBehind } from '@sluice/storage';
import type { PolicyChangeFound, StorageGeometry } from '@sluice/storage';
import { Scratch } from '@sluice/sys';
import type { InvalidationThread } from './invalidation-thread.ts';
import { mountPrefixes } from './mount-prefixes.ts';

/** How long requests begun under the old policy are waited for, whose answers the kernel might keep. */
const WORKERS_WITHIN_MS = 2000;
/** From a worker's last look at its request to its answer in the kernel. */
const ANSWERED_WITHIN_MS = 5;
/** The kernel has directories locked meanwhile; who asked for the change is answered then even so. */
const TOLD_WITHIN_MS = 2000;

export interface VolumePolicyOptions {
  memory: SessionMemory;
  geometry: StorageGeometry;
  rootFd: number;
  mountPoint: string;
  timeoutSeconds: number;
  invalidations: InvalidationThread;
}

export class VolumePolicy {
  readonly #options: VolumePolicyOptions;
  readonly #tableLock: Lock;
  readonly #scratch = new Scratch();

  constructor(options: VolumePolicyOptions) {
    this.#options = options;
    this.#tableLock = new Lock(options.memory, HEADER.tableLock);
  }

  /** The new epoch. */
  switch(): number {
    return switchPolicy(this.#options.memory, this.#tableLock);
  }

  async compare(switched: boolean): Promise<PolicyChangeFound> {
    const { memory, geometry, rootFd, timeoutSeconds } = this.#options;
    const epoch = memory.load(HEADER.policyEpoch);
    const [from, to] = switched ? [epoch + 1, epoch] : [epoch, epoch + 1];
    const images = { from: this.#image(from), to: this.#image(to) };
    // An answer given under the old policy must come neither behind the walk nor behind what makes the kernel forget it.
    if (switched && (images.from.shapesNames || images.to.shapesNames)) await this.#olderAnswered(epoch);
    const walk = new PolicyChangeWalk({
      memory,
      geometry,
      rootFd,
      scratch: this.#scratch,
      ...images,
      timeoutMs: timeoutSeconds * 1000,
      everything: !switched,
    });
    const found = await walk.run();
    if (!switched || walk.invalidations.length === 0) return found;
    const isTold = await this.#tellKernel(walk.invalidations.words());
    return { ...found, incomplete: found.incomplete || !isTold };
  }

  /** Waits for requests that were begun under an older policy, but not for ever: storage may be slow. */
  async #olderAnswered(epoch: number): Promise<void> {
    const deadline = Date.now() + WORKERS_WITHIN_MS;
    while (workersBehind(this.#options.memory, epoch) && Date.now() < deadline) await delay(1);
    await delay(ANSWERED_WITHIN_MS);
  }

  /** Whether the kernel was told within the time that who asked waits for it. It is told in any case. */
  async #tellKernel(words: Uint32Array<ArrayBuffer>): Promise<boolean> {
    const { mountPoint, invalidations } = this.#options;
    const mounts = mountPrefixes(readFileSync('/proc/self/mountinfo', 'utf8'), mountPoint);
    const told = invalidations.tell(words, mounts).then(() => true);
    return Promise.race([told, delay(TOLD_WITHIN_MS, false, { ref: false })]);
  }

  #image(epoch: number): PolicyImage {
    const { memory } = this.#options;
    return new PolicyImage(memory.buffer, memory.policyAt + (epoch & 1) * POLICY_IMAGE_BYTES);
  }
}
