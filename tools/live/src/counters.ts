/**
 * What a daemon has counted and knows, asked over one connection: a look costs a millisecond, not the start of a program,
 * so that a test can look before and after every single open.
 */
import { connectControl } from '@sluice/control';
import type { ControlClient, NamedCount, VolumeStats } from '@sluice/control';
import type { RunningDaemon } from './daemon.ts';

export interface Counters extends Omit<VolumeStats, 'requests' | 'opens' | 'openReasons'> {
  requests: Record<string, number>;
  /** By outcome. */
  opens: Record<string, number>;
  /** By reason. */
  reasons: Record<string, number>;
}

export interface Observer {
  client: ControlClient;
  counters(volume?: string): Promise<Counters>;
  /** Opens by outcome and by reason that were counted while `act` ran; what did not change is left out. */
  opensDuring(act: () => Promise<unknown>): Promise<{ opens: Tally; reasons: Tally }>;
  close(): void;
}

export type Tally = Record<string, number>;

/** Connects to the daemon; to be closed before it is stopped. */
export function observe(daemon: RunningDaemon): Observer {
  const client = connectControl(daemon.socket);
  const counters = async (volume = 'live'): Promise<Counters> => {
    const [stats] = await client.stats(volume);
    if (stats === undefined) throw new Error(`no counters of volume ${volume}`);
    const { requests, opens, openReasons, ...rest } = stats;
    return { ...rest, requests: byName(requests), opens: byName(opens), reasons: byName(openReasons) };
  };
  return {
    client,
    counters,
    opensDuring: async (act) => {
      const before = await counters();
      await act();
      const after = await counters();
      return {
        opens: difference(before.opens, after.opens),
        reasons: difference(before.reasons, after.reasons),
      };
    },
    close: () => {
      client.close();
    },
  };
}

function byName(counts: readonly NamedCount[]): Tally {
  return Object.fromEntries(counts.map(({ name, count }) => [name, count]));
}

function difference(before: Tally, after: Tally): Tally {
  const changed = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count !== 0));
}
