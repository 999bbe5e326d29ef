/** How long the daemon takes from its start to being ready, and what it holds in memory when nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '@sluice/live';
import { descendants, processMemory } from './processes.ts';
import type { ProcessMemory } from './processes.ts';

/** After the start, garbage is collected and pages settle. */
const SETTLE_MS = 2000;

export interface Startup {
  /** From `exec` to the banner, with the trial that proves passthrough; milliseconds, one for each start. */
  readyMs: number[];
  /** Supervisor and volume server of the last start. */
  idle: ProcessMemory[];
}

/** Starts the daemon `starts` times on an empty tree beneath `work`. */
export async function measureStartup(work: string, starts: number, signal: AbortSignal): Promise<Startup> {
  const startup: Startup = { readyMs: [], idle: [] };
  for (let start = 1; start <= starts; start++) {
    signal.throwIfAborted();
    const daemon = await startDaemon({ base: work, policy: 'all' });
    try {
      startup.readyMs.push(daemon.readyMs);
      if (start < starts) continue;
      await sleep(SETTLE_MS, undefined, { signal });
      startup.idle = [daemon.pid, ...descendants(daemon.pid).map(({ pid }) => pid)].map(processMemory);
    } finally {
      await daemon.stop();
    }
  }
  return startup;
}
