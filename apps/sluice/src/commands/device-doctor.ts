import type { Command } from 'commander';
import type { DeviceFacts } from '@sluice/device';
import type { Context, Start } from '../context.ts';
import { onDevices, withDevices, type DeviceOptions, type OneDevice } from '../device/on-devices.ts';
import { printable } from '../terminal.ts';
import { formatBytes } from '../units.ts';

/** A trial of passthrough under emulation, with the start of the program. */
const DOCTOR_WITHIN_MS = 120_000;

export function addDeviceDoctor(parent: Command, start: Start): void {
  withDevices(parent.command('doctor'))
    .description(
      'what the device is, whether Sluice can run there, and, where it is deployed, what its kernel passes through',
    )
    .addHelpText('after', '\nExamples:\n  sluice device doctor\n  sluice device doctor --all --json\n')
    .action(async (options: DeviceOptions, command: Command) => {
      const context = start(command);
      await onDevices(context, options, look, {
        text: (seen) => text(context, seen),
        line: ({ facts, problems }) =>
          `${facts.abi}, ${facts.kernel}, root by ${facts.root}${problems.map((problem) => `; ${problem}`).join('')}`,
      });
    });
}

async function look({ root }: OneDevice) {
  const { PLACES, readFacts, readInstalled } = await import('@sluice/device');
  const facts = await readFacts(root);
  const { current, previous, pid, module, unfinished } = await readInstalled(root);
  let passthrough: unknown = null;
  if (current !== undefined) {
    const script = `sh ${PLACES.current}/bin/sluice doctor --json`;
    const { stdout } = await root.run(script, {
      timeoutMs: DOCTOR_WITHIN_MS,
      purpose: 'the probe on the device',
    });
    passthrough = parsed(stdout.toString());
  }
  return {
    facts,
    installed: { current: current ?? null, previous: previous ?? null, pid: pid ?? null, module, unfinished },
    problems: problemsOf(facts),
    passthrough,
  };
}

/** What keeps Sluice from running, a clause each. */
function problemsOf(facts: DeviceFacts): string[] {
  const { cpu, abi, missingTools, fuse, bootCompleted, userUnlocked } = facts;
  return [
    ...(cpu === undefined ? [`there is no bundle for ${abi}`] : []),
    ...(missingTools.length > 0 ? [`it has no ${missingTools.join(', ')}`] : []),
    ...(fuse.device ? [] : ['its kernel has no FUSE']),
    ...(bootCompleted ? [] : ['it has not finished booting']),
    ...(userUnlocked ? [] : ['its storage is locked']),
  ];
}

/** A version without the command says so in words, which are not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function text(
  { style }: Context,
  { facts, installed, problems, passthrough }: Awaited<ReturnType<typeof look>>,
): string {
  const { selinux, data, fuse } = facts;
  const by = facts.manager === 'none' ? facts.root : `${facts.root} (${facts.manager})`;
  const lines: [string, string][] = [
    [
      'device',
      [facts.model, facts.android && `Android ${facts.android}`].filter(Boolean).join(', ') || facts.serial,
    ],
    ['root', by],
    ['cpu', facts.abi],
    ['kernel', facts.kernel],
    ['SELinux', `${selinux.mode}${selinux.domain === '' ? '' : `, ${selinux.domain}`}`],
    ['/data', `${data.fileSystem}, ${formatBytes(data.freeBytes)} free`],
    ['FUSE', fuse.device ? `${fuse.mounts.length} mounts` : 'none'],
    ...fuse.mounts.map(({ type, mountPoint }): [string, string] => ['', `${type} ${mountPoint}`]),
    ['deployed', installed.current ?? 'no'],
    ['runs', installed.pid === null ? 'no' : `pid ${installed.pid}`],
    ['at boot', installed.module ? 'yes' : 'no'],
  ];
  const table = lines.map(([name, value]) => `${style.dim(name.padEnd(9))} ${printable(value)}\n`).join('');
  const verdict =
    problems.length === 0
      ? style.green('Sluice can run here.\n')
      : problems.map((problem) => `${style.red('problem')}: ${printable(problem)}\n`).join('');
  const probe =
    passthrough === null
      ? ''
      : `${style.dim('probe of the deployed version')}\n${JSON.stringify(passthrough, null, 2)}\n`;
  return table + probe + verdict;
}
