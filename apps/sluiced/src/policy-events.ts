/** What happens to a volume's policy, for those who watch. A watcher that does not keep up is told so and let go. */
import { ControlError, LIMITS } from '@sluice/control';
import type { PolicyEvent } from '@sluice/control';

interface Watcher {
  waiting: PolicyEvent[];
  wake: () => void;
}

export class PolicyEvents {
  readonly #watchers = new Set<Watcher>();
  #ended = false;

  tell(event: PolicyEvent): void {
    for (const watcher of this.#watchers) {
      // One more than the limit tells the watcher that it has been left behind.
      if (watcher.waiting.length <= LIMITS.watcherEvents) watcher.waiting.push(event);
      watcher.wake();
    }
  }

  /** The volume goes away: all watchers come to their end. */
  end(): void {
    this.#ended = true;
    for (const watcher of this.#watchers) watcher.wake();
  }

  /** `past`: what to tell first, asked for when the watcher is in place, so that nothing falls between. */
  async *watch(past: () => PolicyEvent[], signal: AbortSignal): AsyncGenerator<PolicyEvent> {
    if (this.#watchers.size >= LIMITS.watchers) {
      throw new ControlError(
        'failed_precondition',
        `${LIMITS.watchers} watch this volume's policy already, which is the limit`,
      );
    }
    const watcher: Watcher = { waiting: [], wake: () => undefined };
    const wake = (): void => watcher.wake();
    this.#watchers.add(watcher);
    signal.addEventListener('abort', wake);
    try {
      yield* past();
      for (;;) {
        if (watcher.waiting.length > LIMITS.watcherEvents) {
          throw new ControlError(
            'aborted',
            `more than ${LIMITS.watcherEvents} events behind: watch again from the last version seen`,
          );
        }
        const event = watcher.waiting.shift();
        if (event !== undefined) yield event;
        else if (this.#ended || signal.aborted) return;
        else await new Promise<void>((resolve) => (watcher.wake = resolve));
        if (signal.aborted) return;
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#watchers.delete(watcher);
    }
  }
}
