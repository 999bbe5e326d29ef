import type { NamedCount, VolumeStats } from '../backend.ts';
import type { sluice } from '../generated/messages.js';
import { numberFromWire, wire64 } from '../numbers.ts';

type NamedCountMessage = sluice.v1.NamedCount.$Properties;

export function statsToMessage(stats: VolumeStats): sluice.v1.VolumeStats.$Properties {
  const { registrations } = stats;
  return {
    volume: stats.volume,
    requests: stats.requests.map(countToMessage),
    opens: stats.opens.map(countToMessage),
    openReasons: stats.openReasons.map(countToMessage),
    bytesRead: wire64('bytes_read', stats.bytesRead),
    bytesWritten: wire64('bytes_written', stats.bytesWritten),
    registrations: {
      opened: wire64('registrations.opened', registrations.opened),
      closed: wire64('registrations.closed', registrations.closed),
      live: wire64('registrations.live', registrations.live),
      failed: wire64('registrations.failed', registrations.failed),
      stranded: wire64('registrations.stranded', registrations.stranded),
    },
    nodes: wire64('nodes', stats.nodes),
    openFiles: wire64('open_files', stats.openFiles),
    treeOpens: wire64('tree_opens', stats.treeOpens),
    fallbacks: stats.fallbacks.map(countToMessage),
  };
}

export function statsFromMessage(message: sluice.v1.VolumeStats.$Properties): VolumeStats {
  const registrations = message.registrations ?? {};
  return {
    volume: message.volume ?? '',
    requests: (message.requests ?? []).map(countFromMessage),
    opens: (message.opens ?? []).map(countFromMessage),
    openReasons: (message.openReasons ?? []).map(countFromMessage),
    bytesRead: numberFromWire('bytes_read', message.bytesRead),
    bytesWritten: numberFromWire('bytes_written', message.bytesWritten),
    registrations: {
      opened: numberFromWire('registrations.opened', registrations.opened),
      closed: numberFromWire('registrations.closed', registrations.closed),
      live: numberFromWire('registrations.live', registrations.live),
      failed: numberFromWire('registrations.failed', registrations.failed),
      stranded: numberFromWire('registrations.stranded', registrations.stranded),
    },
    nodes: numberFromWire('nodes', message.nodes),
    openFiles: numberFromWire('open_files', message.openFiles),
    treeOpens: numberFromWire('tree_opens', message.treeOpens),
    fallbacks: (message.fallbacks ?? []).map(countFromMessage),
  };
}

function countToMessage({ name, count }: NamedCount): NamedCountMessage {
  return { name, count: wire64(name, count) };
}

function countFromMessage(message: NamedCountMessage): NamedCount {
  const name = message.name ?? '';
  return { name, count: numberFromWire(name, message.count) };
}
