/** A volume's counters, summed over its workers: read by the supervisor without asking the volume server. */
import { OPCODES } from '@sluice/wire';
import { HEADER, namedCount, requestCount } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { SHARED, planStorage } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { OPEN_REASON_NAMES } from './open-mode.ts';
import { OpenFiles } from './open-files.ts';

/** Counters of what was done in place of the usual, by the names that users see. */
const FALLBACKS: readonly (readonly [string, number])[] = [
  ['faults', COUNTER.faults],
  ['undelivered', COUNTER.undelivered],
  ['removed-not-held', COUNTER.removedNotHeld],
  ['names-not-kept', COUNTER.namesNotKept],
  ['pages-not-dropped', COUNTER.pagesNotDropped],
];

export interface VolumeStatistics {
  /** By opcode name; opcodes never seen are left out. */
  requests: Record<string, number>;
  opens: Record<'passthrough' | 'cached' | 'direct' | 'failed', number>;
  /** By reason code; reasons never given are left out. */
  openReasons: Record<string, number>;
  /** Carried by READ and WRITE requests through the daemon. */
  bytesRead: number;
  bytesWritten: number;
  /** `stranded`: of those that live, ids that no open will ever use; they end with the connection. */
  registrations: { opened: number; closed: number; live: number; failed: number; stranded: number };
  nodes: number;
  openFiles: number;
  /** Opens of files in a `tree` that the daemon served. */
  treeOpens: number;
  faults: number;
  undelivered: number;
  /** By name, those of {@link FALLBACKS} that ever were. */
  fallbacks: Record<string, number>;
  /** Files that pass through under a policy that is no longer in force. */
  openUnderOlderPolicy: number;
}

export function readVolumeStatistics(memory: SessionMemory, geometry: StorageGeometry): VolumeStatistics {
  const layout = planStorage(geometry, memory.storageAt);
  const count = (counter: number): number => namedCount(memory, counter);
  const requests: Record<string, number> = {};
  for (const { number, name } of OPCODES) {
    const seen = requestCount(memory, number);
    if (seen > 0) requests[name] = seen;
  }
  const openReasons: Record<string, number> = {};
  OPEN_REASON_NAMES.forEach((name, code) => {
    const seen = count(COUNTER.openReasons + code);
    if (seen > 0) openReasons[name] = seen;
  });
  const fallbacks: Record<string, number> = {};
  for (const [name, counter] of FALLBACKS) {
    const seen = count(counter);
    if (seen > 0) fallbacks[name] = seen;
  }
  const opened = count(COUNTER.registrationsOpened);
  const closed = count(COUNTER.registrationsClosed);
  return {
    requests,
    opens: {
      passthrough: count(COUNTER.opensPassthrough),
      cached: count(COUNTER.opensCached),
      direct: count(COUNTER.opensDirect),
      failed: count(COUNTER.opensFailed),
    },
    openReasons,
    bytesRead: count(COUNTER.bytesRead),
    bytesWritten: count(COUNTER.bytesWritten),
    registrations: {
      opened,
      closed,
      live: opened - closed,
      failed: count(COUNTER.registrationsFailed),
      stranded: count(COUNTER.registrationsStranded),
    },
    nodes: memory.load(layout.shared + SHARED.nodeCount),
    openFiles: memory.load(layout.shared + SHARED.openCount),
    treeOpens: count(COUNTER.treeOpens),
    faults: count(COUNTER.faults),
    undelivered: count(COUNTER.undelivered),
    fallbacks,
    openUnderOlderPolicy: new OpenFiles(memory, layout).countOlder(memory.load(HEADER.policyEpoch)),
  };
}
