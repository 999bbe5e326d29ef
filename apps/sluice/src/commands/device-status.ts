import type { Command } from 'commander';
import type { DaemonStatus } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { withControl } from '../device/control.ts';
import { onDevices, withDevices, type DeviceOptions, type OneDevice } from '../device/on-devices.ts';
import { repairWords } from '../device/repair-words.ts';
import { printable } from '../terminal.ts';
import { statusText } from './status.ts';

export function addDeviceStatus(parent: Command, start: Start): void {
  withDevices(parent.command('status'))
    .description('what is deployed, whether it runs, and what the daemon says; repairs what was cut off')
    .addHelpText('after', '\nExamples:\n  sluice device status\n  sluice device status --all --json\n')
    .action(async (options: DeviceOptions, command: Command) => {
      const context = start(command);
      await onDevices(context, options, look, {
        text: (seen) => text(context, seen),
        line: ({ version, state, daemon }) =>
          `${version}, ${daemon === null ? STATES[state] : words(daemon)}`,
      });
    });
}

/** A daemon that is starting has no control socket yet. */
type State = 'running' | 'starting' | 'stopped';

const STATES: Readonly<Record<State, string>> = {
  running: 'running',
  starting: 'starting',
  stopped: 'not running',
};

async function look({ root }: OneDevice) {
  const { exposedPlaces, repair, requireDeployed } = await import('@sluice/device');
  const repaired = await repair(root);
  const { current, previous, pid, listening, module, disabled } = await requireDeployed(root);
  const state: State = pid === undefined ? 'stopped' : listening ? 'running' : 'starting';
  const daemon = state === 'running' ? await withControl(root, (client) => client.status()) : null;
  return {
    version: current,
    previous: previous ?? null,
    repaired,
    startsAtBoot: module && disabled === undefined,
    disabled: disabled ?? null,
    exposed: await exposedPlaces(root),
    state,
    daemon,
  };
}

function text(context: Context, seen: Awaited<ReturnType<typeof look>>): string {
  const { version, previous, repaired, startsAtBoot, disabled, exposed, state, daemon } = seen;
  const boot = disabled === null ? (startsAtBoot ? 'yes' : 'no') : `no: ${printable(disabled)}`;
  const facts: [string, string][] = [
    ['version', version],
    ['previous', previous ?? 'none'],
    ['at boot', boot],
    ...exposed.map(({ place }): [string, string] => ['apps see', printable(place)]),
  ];
  const head = facts.map(([name, value]) => `${context.style.dim(name.padEnd(9))} ${value}\n`).join('');
  const rest =
    daemon === null
      ? state === 'starting'
        ? 'starting: its volumes are not served yet\n'
        : 'not running: sluice device start\n'
      : `\n${statusText(context, daemon)}`;
  return repairWords(repaired) + head + rest;
}

function words({ volumes }: DaemonStatus): string {
  const proven = volumes.filter(({ passthrough }) => passthrough.proven).length;
  return `running, ${volumes.length} volumes, passthrough proven on ${proven}`;
}
