import type { VolumeStatus } from '@sluice/control';
import { passthroughWords, stateWord, table, type Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { formatCount } from '../units.ts';

export function volumeTable(style: Style, volumes: readonly VolumeStatus[]): string {
  const head = ['VOLUME', 'STATE', 'PASSTHROUGH', 'POLICY', 'NODES', 'MOUNT POINT', 'SOURCE'];
  const rows = volumes.map((volume) => [
    style.bold(printable(volume.name)),
    stateWord(style, volume),
    passthroughWords(style, volume),
    `${printable(volume.policy)} ${style.dim(`v${volume.policyVersion}`)}`,
    formatCount(volume.nodes),
    printable(volume.mountPoint),
    printable(volume.source),
  ]);
  return table(style, head, rows, [4]);
}
