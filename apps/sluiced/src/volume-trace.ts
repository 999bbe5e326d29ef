/** A trace being recorded on a volume: events from its server, in a queue that never grows beyond its limit. */
import { ControlError } from '@sluice/control';
import type { TracedEvent } from '@sluice/storage';
import type { VolumeChannel } from './volume-channel.ts';

/** Events that wait for who asked for the trace; beyond, they are dropped and counted. */
const MOST_WAITING = 50_000;

export class VolumeTrace {
  readonly #channel: VolumeChannel;
  #waiting: TracedEvent[] = [];
  #wake: () => void = () => undefined;
  #isOver = false;
  #dropped = 0;

  constructor(channel: VolumeChannel) {
    this.#channel = channel;
  }

  /** Events that there was no room for, here and in the ring. Whole once the trace has been stopped. */
  get dropped(): number {
    return this.#dropped;
  }

  async start(): Promise<void> {
    await this.#channel.ask({ type: 'start-trace' }, 'trace-started');
  }

  async stop(): Promise<void> {
    const { dropped } = await this.#channel.ask({ type: 'stop-trace' }, 'trace-stopped');
    this.#dropped += dropped;
  }

  take(events: TracedEvent[]): void {
    const room = Math.max(0, MOST_WAITING - this.#waiting.length);
    this.#dropped += Math.max(0, events.length - room);
    for (const event of events.slice(0, room)) this.#waiting.push(event);
    this.#wake();
  }

  /** The volume goes away. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** What has come since the last call, after waiting for some at most `ms`. Undefined: there will be none any more. */
  async next(ms: number, signal: AbortSignal): Promise<TracedEvent[] | undefined> {
    if (this.#waiting.length === 0 && !this.#isOver && !signal.aborted && ms > 0) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        this.#wake = wake;
        signal.addEventListener('abort', wake);
      });
      this.#wake = () => undefined;
    }
    const events = this.#waiting;
    this.#waiting = [];
    return events.length === 0 && this.#isOver ? undefined : events;
  }
}

/** The traces of one volume, of which there is one at a time. */
export class VolumeTraces {
  readonly #volume: string;
  readonly #channel: VolumeChannel;
  #trace: VolumeTrace | undefined;

  constructor(volume: string, channel: VolumeChannel) {
    this.#volume = volume;
    this.#channel = channel;
  }

  /** Begins to record. Rejects while another trace is being recorded. */
  async start(): Promise<VolumeTrace> {
    if (this.#trace !== undefined) {
      throw new ControlError(
        'failed_precondition',
        `another trace of volume ${this.#volume} is being recorded: one at a time`,
      );
    }
    const trace = new VolumeTrace(this.#channel);
    this.#trace = trace;
    try {
      await trace.start();
    } catch (error) {
      this.#trace = undefined;
      throw error;
    }
    return trace;
  }

  /** Ends the trace; its last events can still be taken. */
  async stop(trace: VolumeTrace): Promise<void> {
    if (this.#trace !== trace) return;
    try {
      await trace.stop();
    } finally {
      this.#trace = undefined;
      trace.end();
    }
  }

  take(events: TracedEvent[]): void {
    this.#trace?.take(events);
  }

  /** The volume goes away. */
  end(): void {
    this.#trace?.end();
  }
}
