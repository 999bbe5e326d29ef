/** What `sluiced` shows on the terminal once its volumes are up. */
import pc from 'picocolors';
import type { DaemonStatus, VolumeStatus } from '@sluice/control';

export function banner(status: DaemonStatus, firstSteps: readonly string[]): string {
  const lines = [
    '',
    `  ${pc.bold(pc.cyan('Sluice'))} ${status.version}  ${pc.dim(`kernel ${status.kernelRelease}`)}`,
    '',
  ];
  for (const volume of status.volumes) lines.push(...volumeLines(volume), '');
  lines.push(field('control', status.socket), '');
  if (firstSteps.length > 0) {
    lines.push(`  ${pc.bold('Try')}`);
    for (const step of firstSteps) lines.push(`    ${step}`);
    lines.push('');
  }
  lines.push(`  ${pc.dim('Ctrl-C unmounts and ends.')}`, '');
  return lines.join('\n');
}

function volumeLines(volume: VolumeStatus): string[] {
  const { passthrough } = volume;
  return [
    field('volume', pc.bold(volume.name)),
    field('source', volume.source),
    field('mounted on', volume.mountPoint),
    field('policy', `${volume.policy} (version ${volume.policyVersion})`),
    field(
      'passthrough',
      `${pc.bold(passthrough.dialect)}   ${mark('requested', passthrough.requested)}  ${mark('negotiated', passthrough.negotiated)}  ${mark('proven', passthrough.proven)}`,
    ),
    ...(passthrough.proven ? [] : passthrough.evidence.map((line) => field('', pc.yellow(line)))),
  ];
}

function mark(word: string, yes: boolean): string {
  return yes ? `${pc.green('✓')} ${word}` : `${pc.red('✗')} ${pc.dim(`not ${word}`)}`;
}

function field(name: string, value: string): string {
  return `  ${pc.dim(name.padEnd(12))} ${value}`;
}
