/** The main thread's side of a trace: begins and ends it, and turns what is in the ring into plain objects. */
import { ACTION, PolicyImage, REASON, decisionAction, decisionReason, decisionRule } from '@sluice/policy';
import { HEADER, POLICY_IMAGE_BYTES } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { planStorage } from '../layout.ts';
import type { StorageGeometry } from '../layout.ts';
import { MODE_NAMES } from '../open-mode.ts';
import { TRACED, TRACED_KIND, TraceRing } from './trace-ring.ts';
import { nameOf } from '../explain.ts';

export type TracedEvent =
  | { kind: 'lookup'; atMs: number; path: string; uid: number; gid: number; errno: number }
  | {
      kind: 'open';
      atMs: number;
      path: string;
      uid: number;
      gid: number;
      /** Tells opens of one trace apart. */
      handle: string;
      /** ACCESS bits. */
      asked: number;
      size: number;
      action: string;
      /** Id of the deciding rule; `default` when none matched. */
      rule: string;
      mode: string;
      reason: string;
    }
  | { kind: 'close'; atMs: number; handle: string; bytesRead: number; bytesWritten: number };

export class TraceReader {
  readonly #memory: SessionMemory;
  readonly #ring: TraceRing;
  #image: { epoch: number; image: PolicyImage } | undefined;

  constructor(memory: SessionMemory, geometry: StorageGeometry) {
    this.#memory = memory;
    this.#ring = new TraceRing(memory, planStorage(geometry, memory.storageAt).trace);
  }

  get isRecording(): boolean {
    return this.#ring.number !== 0;
  }

  /** Events that there was no room for. */
  get dropped(): number {
    return this.#ring.dropped;
  }

  start(): void {
    this.#image = undefined;
    this.#ring.start();
  }

  stop(): void {
    this.#ring.stop();
  }

  /** Up to `most` events, the oldest first. */
  take(most: number): TracedEvent[] {
    const events: TracedEvent[] = [];
    while (events.length < most) {
      const at = this.#ring.oldest();
      if (at === 0) break;
      events.push(this.#eventAt(at));
      this.#ring.taken(at);
    }
    return events;
  }

  #eventAt(at: number): TracedEvent {
    const memory = this.#memory;
    const atMs = memory.f64[(at + TRACED.atMs) >>> 3] as number;
    const handle = `${memory.getU32(at + TRACED.handleSlot)}.${memory.getU32(at + TRACED.handleGeneration)}`;
    const kind = memory.getU32(at + TRACED.kind);
    if (kind === TRACED_KIND.close) {
      const bytesRead = memory.getU64Approximate(at + TRACED.size);
      return {
        kind: 'close',
        atMs,
        handle,
        bytesRead,
        bytesWritten: memory.getU64Approximate(at + TRACED.written),
      };
    }
    const pathAt = at + TRACED.path;
    const path = new TextDecoder().decode(
      memory.u8.slice(pathAt, pathAt + memory.getU32(at + TRACED.pathLength)),
    );
    const caller = { path, uid: memory.getU32(at + TRACED.uid), gid: memory.getU32(at + TRACED.gid) };
    const asked = memory.getU32(at + TRACED.asked);
    if (kind === TRACED_KIND.lookup) return { kind: 'lookup', atMs, ...caller, errno: asked };
    const decision = memory.getU32(at + TRACED.decision);
    return {
      kind: 'open',
      atMs,
      ...caller,
      handle,
      asked,
      size: memory.f64[(at + TRACED.size) >>> 3] as number,
      action: nameOf(ACTION, decisionAction(decision)),
      rule: this.#ruleOf(decision, memory.getU32(at + TRACED.policyEpoch)),
      mode: MODE_NAMES[memory.getU32(at + TRACED.mode)] ?? '',
      reason: nameOf(REASON, decisionReason(decision)),
    };
  }

  #ruleOf(decision: number, epoch: number): string {
    const rule = decisionRule(decision);
    if (rule === 0) return 'default';
    const memory = this.#memory;
    // Only the image in force is sure to be there, and to be this epoch's.
    if (memory.load(HEADER.policyEpoch) !== epoch) return `rule ${rule}`;
    if (this.#image?.epoch !== epoch) {
      const at = memory.policyAt + (epoch & 1) * POLICY_IMAGE_BYTES;
      this.#image = { epoch, image: new PolicyImage(memory.buffer, at) };
    }
    return this.#image.image.ruleId(rule - 1);
  }
}
