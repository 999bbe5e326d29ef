/** What is looked at: a directory, the source of a volume, or neither. */
import { readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { VolumeStatus } from '@sluice/control';
import type { Context } from '../context.ts';
import { CommandFailure } from '../exit-codes.ts';
import type { ProbeTarget } from './run-probe.ts';

export interface TargetOptions {
  source?: string;
  fuseBpf?: boolean;
  volume?: string;
}

export interface Target extends ProbeTarget {
  volume: VolumeStatus | undefined;
  /** Whether the daemon sees the mounts that this process sees; undefined where that cannot be told. */
  sameNamespace: boolean | undefined;
}

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--source <dir>', 'try this lower directory (default: a scratch directory)').conflicts(
        'volume',
      ),
    )
    .addOption(new Option('--volume <name>', 'try the source of a volume that a daemon serves'))
    .option('--fuse-bpf', 'try a directory that the kernel takes over, too, which no kernel has passed yet');
}

export async function chooseTarget(
  context: Context,
  { source, volume: name, fuseBpf: triesFuseBpf = false }: TargetOptions,
): Promise<Target> {
  const none = { volume: undefined, sameNamespace: undefined };
  if (name === undefined)
    return {
      ...none,
      source: source === undefined ? undefined : resolve(context.terminal.cwd, source),
      namesPath: true,
      triesFuseBpf,
    };
  const { pid, volumes } = await context.daemon((client) => client.status());
  const volume = volumes.find((each) => each.name === name);
  if (volume === undefined) {
    const names = volumes.map((each) => each.name).join(', ');
    throw new CommandFailure(`there is no volume ${name}${names === '' ? '' : `; there are ${names}`}`);
  }
  const sameNamespace = hasSameMounts(pid);
  return { source: volume.source, namesPath: false, triesFuseBpf, volume, sameNamespace };
}

function hasSameMounts(pid: number): boolean | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt');
  } catch {
    return undefined;
  }
}
