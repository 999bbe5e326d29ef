import type { DaemonStatus } from '../backend.ts';
import type { sluice } from '../generated/messages.js';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';
import { volumeFromMessage, volumeToMessage } from './volume.ts';

export function statusToMessage(status: DaemonStatus): sluice.v1.GetStatusResponse.$Properties {
  return {
    version: status.version,
    pid: wire32('pid', status.pid),
    startedAtMs: wire64('started_at_ms', status.startedAtMs),
    stateDirectory: status.stateDirectory,
    socket: status.socket,
    kernelRelease: status.kernelRelease,
    volumes: status.volumes.map(volumeToMessage),
  };
}

export function statusFromMessage(message: sluice.v1.GetStatusResponse.$Properties): DaemonStatus {
  return {
    version: message.version ?? '',
    pid: message.pid ?? 0,
    startedAtMs: numberFromWire('started_at_ms', message.startedAtMs),
    stateDirectory: message.stateDirectory ?? '',
    socket: message.socket ?? '',
    kernelRelease: message.kernelRelease ?? '',
    volumes: (message.volumes ?? []).map(volumeFromMessage),
  };
}
