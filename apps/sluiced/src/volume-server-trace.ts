/** The volume server's part in a trace: what workers leave in the ring goes to the supervisor, no faster than it takes it. */
import { TraceReader } from '@sluice/storage';
import type { SessionMemory } from '@sluice/session';
import type { StorageGeometry, TracedEvent } from '@sluice/storage';

/** Between two looks at an empty ring. */
const LOOK_EVERY_MS = 20;
const BATCH = 512;

export class VolumeServerTrace {
  readonly #reader: TraceReader;
  /** Resolves when the events are on their way. */
  readonly #send: (events: TracedEvent[]) => Promise<void>;
  #drained: Promise<void> | undefined;

  constructor(
    memory: SessionMemory,
    geometry: StorageGeometry,
    send: (events: TracedEvent[]) => Promise<void>,
  ) {
    this.#reader = new TraceReader(memory, geometry);
    this.#send = send;
  }

  start(): void {
    this.#reader.start();
    this.#drained = this.#drain();
  }

  /** Sends what is left: how many events there was no room for. */
  async stop(): Promise<number> {
    this.#reader.stop();
    await this.#drained;
    return this.#reader.dropped;
  }

  async #drain(): Promise<void> {
    for (;;) {
      const isLast = !this.#reader.isRecording;
      const events = this.#reader.take(BATCH);
      if (events.length > 0) await this.#send(events);
      else if (isLast) return;
      else await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
