/**
 * Switching a volume's policy: the new image is written beside the one in force, where the one before that lies, then the
 * volume server turns to it and works out what the change means for what it serves.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@sluice/control';
import type { PolicyChange } from '@sluice/control';
import { HEADER } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { workersBehind, writePolicyImage } from '@sluice/storage';
import type { PolicyChangeFound } from '@sluice/storage';
import type { VolumeChannel } from './volume-channel.ts';

const WORKERS_WITHIN_MS = 8000;
/** A million nodes take some seconds. */
const COMPARE_WITHIN_MS = 120_000;

export class VolumePolicySwitch {
  readonly #memory: SessionMemory;
  readonly #channel: VolumeChannel;

  constructor(memory: SessionMemory, channel: VolumeChannel) {
    this.#memory = memory;
    this.#channel = channel;
  }

  /** Puts a compiled policy in force. Rejects if requests begun under the policy before last are still running. */
  async switch(image: Uint8Array): Promise<void> {
    await this.#write(image);
    await this.#channel.ask({ type: 'switch-policy' }, 'policy-switched');
  }

  /** What the switch just made changes; the kernel has been told to forget what that calls for. */
  async changeMade(): Promise<PolicyChange> {
    return this.#compare(true);
  }

  /** What a switch to `image` would change. The caller keeps switches away meanwhile. */
  async changeBy(image: Uint8Array): Promise<PolicyChange> {
    await this.#write(image);
    return this.#compare(false);
  }

  async #compare(switched: boolean): Promise<PolicyChange> {
    const question = { type: 'compare-policies', switched } as const;
    const { found } = await this.#channel.ask(question, 'policies-compared', COMPARE_WITHIN_MS);
    return changeOf(found);
  }

  async #write(image: Uint8Array): Promise<void> {
    const epoch = this.#memory.load(HEADER.policyEpoch);
    // The image about to be overwritten is the one before the current: nobody may still decide by it.
    const deadline = Date.now() + WORKERS_WITHIN_MS;
    while (workersBehind(this.#memory, epoch)) {
      if (Date.now() > deadline) {
        throw new ControlError(
          'unavailable',
          'a request that began under an older policy is still running: try again',
        );
      }
      await delay(1);
    }
    writePolicyImage(this.#memory, image);
  }
}

function changeOf({ entries, attributes, openFiles, ...found }: PolicyChangeFound): PolicyChange {
  return {
    ...found,
    invalidatedEntries: entries,
    invalidatedAttributes: attributes,
    openFilesUnderOlderPolicy: openFiles,
    treesBound: [],
    treesUnbound: [],
  };
}
