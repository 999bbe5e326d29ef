import { Option, type Command } from 'commander';
import type { Deployed, DeployOptions, DeviceFacts, Phase } from '@sluice/device';
import type { VolumeStatus } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { bundleFile, moduleFile } from '../device/bundle-file.ts';
import { volumeLines, withControl } from '../device/control.ts';
import { exposeForApps, type ExposeOptions } from '../device/exposing.ts';
import { onDevices, withDevices, type DeviceOptions, type OneDevice } from '../device/on-devices.ts';
import { progressOf, type Progress } from '../device/progress.ts';
import { repairWords } from '../device/repair-words.ts';
import { policyFromFileOrPreset, PRESETS } from '../policy-source.ts';
import { printable } from '../terminal.ts';
import { formatBytes } from '../units.ts';

interface Options extends DeviceOptions, ExposeOptions {
  bundle?: string;
  policy?: string;
  source?: string;
  mount?: string;
  volume?: string;
  ownership?: 'preserve' | 'android';
  boot?: boolean;
}

type Report = Deployed & { volumes: VolumeStatus[]; exposed: string[] };

const PHASES: Readonly<Record<Phase, string>> = {
  checking: 'Looking at the device',
  sending: 'Sending what has changed',
  starting: 'Changing the version',
  tidying: 'Removing what is no longer used',
};

export function addDeviceDeploy(parent: Command, start: Start): void {
  withDevices(parent.command('deploy'))
    .description('bring this version onto the device and start it; if it does not start, the one before does')
    .option(
      '--bundle <file>',
      "the archive, or what was one, unpacked (default: dist/ of this repository, by the device's CPU)",
    )
    .option(
      '--policy <file|preset>',
      `a policy's file, or ${PRESETS.join(', ')} (default for shared storage: android-media)`,
    )
    .option('--source <dir>', 'the lower directory on the device (default: /data/media/0)')
    .option('--mount <dir>', 'where to mount it there (default: /mnt/sluice/VOLUME, which apps cannot enter)')
    .option('--volume <name>', 'what to call it (default: media)')
    .addOption(
      new Option(
        '--ownership <kind>',
        'objects belong to who makes them, or all to media_rw (default: android)',
      ).choices(['preserve', 'android']),
    )
    .option('--boot', 'start it at each boot as well: installs the module, as sluice device boot --on does')
    .option('--expose <path>', "let apps see the volume at this place of the owner's shared storage")
    .option('--replace-data-media', 'let apps see the volume instead of all shared storage of the owner')
    .addHelpText(
      'after',
      [
        '',
        'Without --source, --mount, --volume and --ownership the configuration on the device stays as it is.',
        '',
        'Examples:',
        '  sluice device deploy',
        '  sluice device deploy --all --policy big-files',
        '  sluice device deploy -s emulator-5554 --source /data/media/0/DCIM --volume photos --expose Sluice',
        '',
      ].join('\n'),
    )
    .action(async (options: Options, command: Command) => {
      const context = start(command);
      const policy = policyOf(options.policy, context);
      await onDevices(
        context,
        options,
        (device) => {
          const { terminal, asJson } = context;
          return deployTo(
            device,
            options,
            policy,
            terminal.cwd,
            progressOf(terminal, asJson || !device.alone),
          );
        },
        {
          text: reportText,
          line: ({ id, before, changed }) => (changed ? `${before ?? 'nothing'} -> ${id}` : `${id} already`),
        },
      );
    });
}

function policyOf(given: string | undefined, { terminal }: Context): DeployOptions['policy'] {
  if (given === undefined) return undefined;
  const { text, fileName } = policyFromFileOrPreset(given, terminal.cwd);
  return { text, isPreset: fileName.startsWith('preset:') };
}

async function deployTo(
  { root, signal }: OneDevice,
  options: Options,
  policy: DeployOptions['policy'],
  cwd: string,
  progress: Progress,
): Promise<Report> {
  const { deploy, leaving, openBundle, readFacts, startAtBoot } = await import('@sluice/device');
  const facts = await readFacts(root);
  const { source, mount, volume: name, ownership } = options;
  const given = Object.entries({ source, mount, name, ownership }).filter(([, value]) => value !== undefined);
  const bundle = await openBundle(bundleFile(options.bundle, cpuOf(facts), cwd));
  try {
    const deployed = await deploy(root, {
      bundle,
      signal,
      ...(given.length === 0 ? {} : { volume: Object.fromEntries(given) }),
      ...(policy === undefined ? {} : { policy }),
      onPhase: (phase) => {
        progress.step(PHASES[phase]);
      },
      onProgress: ({ done, total, file }) => {
        progress.at(done, total, file);
      },
    });
    progress.end();
    const settle = async (): Promise<VolumeStatus[]> =>
      withControl(root, async (client) => {
        if (policy !== undefined && !deployed.policyInForce)
          await client.applyPolicy(
            name ?? '',
            policy.text,
            policy.isPreset ? `preset:${policy.text}` : 'policy.yaml',
            {
              why: 'sluice device deploy',
            },
          );
        return (await client.status()).volumes;
      });
    const volumes = await leaving('as-after', settle);
    if (options.boot === true) await leaving('as-after', () => startAtBoot(root, moduleFile(undefined, cwd)));
    const exposed = await leaving('as-after', () => exposeForApps(root, options, volumes));
    return { ...deployed, volumes, exposed };
  } finally {
    progress.end();
    bundle.close();
  }
}

/** A device that no bundle fits is told so by the deployment itself, with any bundle. */
function cpuOf({ cpu }: DeviceFacts) {
  return cpu ?? 'arm64';
}

function reportText({ id, before, changed, staged, repaired, volumes, exposed }: Report): string {
  const sent = `${staged.sentFiles} files sent (${formatBytes(staged.sentBytes)}), ${staged.keptFiles} were there`;
  const what = changed
    ? `${id} serves${before === undefined || before === id ? '' : `; ${before} is kept for rollback`}`
    : `${id} serves already`;
  return [
    repairWords(repaired),
    `${what}; ${sent}\n`,
    ...volumes.flatMap((volume) => [
      `  ${printable(volumeLines([volume])[0] ?? '')}\n`,
      ...volume.passthrough.evidence.map((fact) => `    - ${printable(fact)}\n`),
    ]),
    ...exposed.map((place) => `  apps see it at ${printable(place)}\n`),
  ].join('');
}
