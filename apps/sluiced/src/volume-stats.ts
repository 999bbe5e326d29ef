import type { NamedCount, VolumeStats } from '@sluice/control';
import type { VolumeProcess } from './volume-process.ts';

/** A volume's counters as the control API has them. */
export function statsOf(process: VolumeProcess): VolumeStats {
  const { requests, opens, openReasons, ...rest } = process.statistics();
  return {
    volume: process.spec.name,
    requests: named(requests),
    opens: named(opens),
    openReasons: named(openReasons),
    bytesRead: rest.bytesRead,
    bytesWritten: rest.bytesWritten,
    registrations: rest.registrations,
    nodes: rest.nodes,
    openFiles: rest.openFiles,
    treeOpens: rest.treeOpens,
    fallbacks: named(rest.fallbacks),
  };
}

function named(counts: Record<string, number>): NamedCount[] {
  return Object.entries(counts).map(([name, count]) => ({ name, count }));
}
