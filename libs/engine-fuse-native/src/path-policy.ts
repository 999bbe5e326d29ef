/**
 * What policy says about a path. The package does not tell who calls, so nobody is named: rules that ask for a caller
 * match none, but for those that name everybody.
 */
import { ACTION, PolicyImage, REASON, decisionAction, packDecision } from '@sluice/policy';
import { HEADER, POLICY_IMAGE_BYTES } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';

/** -1, which is nobody's uid or gid (chown(2)). */
export const UNKNOWN_CALLER = 0xffff_ffff;

export class PathPolicy {
  readonly #memory: SessionMemory;
  /** Where libfuse has put files that were removed while they were open, and where they were. */
  readonly #removed = new Map<string, string>();
  #epoch = -1;
  #image!: PolicyImage;
  #callerClass = 0;

  constructor(memory: SessionMemory) {
    this.#memory = memory;
    this.refresh();
  }

  get image(): PolicyImage {
    return this.#image;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get callerClass(): number {
    return this.#callerClass;
  }

  /** Takes a newly applied policy over: once per request. */
  refresh(): void {
    const memory = this.#memory;
    const epoch = memory.load(HEADER.policyEpoch);
    if (epoch === this.#epoch) return;
    this.#image = new PolicyImage(memory.buffer, memory.policyAt + (epoch & 1) * POLICY_IMAGE_BYTES);
    this.#callerClass = this.#image.callerClass(UNKNOWN_CALLER, UNKNOWN_CALLER);
    this.#epoch = epoch;
  }

  /** State of the automaton at a path. */
  stateAt(path: Uint8Array): number {
    return this.#image.stateAt(this.#removed.size === 0 ? path : this.#asBefore(path));
  }

  /** The packed decision. `type`: TYPE; `asked`: ACCESS bits, 0 for the name alone; `size`: bytes. */
  decide(path: Uint8Array, type: number, asked: number, size: number): number {
    const decision = this.#image.decide(this.stateAt(path), this.#callerClass, type, asked, size);
    const action = decisionAction(decision);
    // The root of the volume is always there.
    return path.length === 0 && (action === ACTION.hide || action === ACTION.deny)
      ? packDecision(ACTION.cached, REASON.default, 0)
      : decision;
  }

  dependsOnSize(path: Uint8Array, type: number, asked: number): boolean {
    return this.#image.dependsOnSize(this.stateAt(path), this.#callerClass, type, asked);
  }

  /** libfuse has moved a removed file that is open to `to`: what is decided of it stays what it was. */
  keepRemoved(from: Uint8Array, to: Uint8Array): void {
    this.#removed.set(keyOf(to), keyOf(this.#asBefore(from)));
  }

  /** A name is gone. */
  forgetRemoved(path: Uint8Array): void {
    this.#removed.delete(keyOf(path));
  }

  /** A directory has moved, and removed files in it with it. */
  moved(from: Uint8Array, to: Uint8Array): void {
    const prefix = `${keyOf(from)}/`;
    for (const [name, before] of [...this.#removed]) {
      if (!name.startsWith(prefix)) continue;
      this.#removed.delete(name);
      this.#removed.set(`${keyOf(to)}/${name.slice(prefix.length)}`, before);
    }
  }

  #asBefore(path: Uint8Array): Uint8Array {
    const before = this.#removed.get(keyOf(path));
    return before === undefined ? path : Buffer.from(before, 'latin1');
  }
}

/** One character a byte. */
function keyOf(path: Uint8Array): string {
  return Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1');
}
