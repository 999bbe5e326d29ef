import { Command, CommanderError } from 'commander';
import type { ControlError } from '@sluice/control';
import packageJson from '../package.json' with { type: 'json' };
import type { DeviceFailure } from '@sluice/device';
import { addDevice } from './commands/device.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addPolicy } from './commands/policy.ts';
import { addProbe } from './commands/probe.ts';
import { addStats } from './commands/stats.ts';
import { addStatus } from './commands/status.ts';
import { addTrace } from './commands/trace.ts';
import { addVolume } from './commands/volume.ts';
import { contextOf, type CommonOptions, type Outcome } from './context.ts';
import { chooseSocket, startingHint } from './daemon-socket.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { diagnosticLine, json, styleOf } from './output.ts';
import { printable, type Terminal } from './terminal.ts';

/**
 * The whole program but its process: reads the words of a command line, does what they say, and gives the exit code.
 * It never throws; what goes wrong is said on `terminal.err`, as JSON too when `--json` was given.
 */
export async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  const outcome: Outcome = { code: EXIT.ok };
  const program = programFor(words, terminal, outcome);
  try {
    await program.parseAsync(words, { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, program.opts<CommonOptions>(), terminal);
  }
}

function programFor(words: readonly string[], terminal: Terminal, outcome: Outcome): Command {
  const program = new Command('sluice')
    .description('Speaks to sluiced, the storage daemon: volumes, policy, statistics, traces.')
    .option('--json', 'print JSON instead of text for people')
    .option(
      '--socket <path>',
      'the control socket of the daemon (default: SLUICE_SOCKET, .sluice/control.sock)',
    )
    .option('--context <context>', 'adb:SERIAL: the daemon on that device; adb: alone: on the only one')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => terminal.colour,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice status',
        '  sluice volume add photos --source /data/media/0 --mount /mnt/photos',
        '  sluice policy apply big-files --volume photos',
        '  sluice explain DCIM/Camera/video.mp4 --access write',
        '  sluice stats --json',
        '  sluice device deploy',
        '  sluice --context adb:SERIAL status',
        '',
        'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon answered.',
        '',
      ].join('\n'),
    );
  // Elsewhere the word is a command's own: sluice policy get --version 3.
  if (words.every((word) => word.startsWith('-')))
    program.version(packageJson.version, '-V, --version', 'print the version');
  const start = (command: Command) => contextOf(command, terminal, outcome);
  for (const add of [
    addStatus,
    addVolume,
    addPolicy,
    addExplain,
    addStats,
    addTrace,
    addDoctor,
    addProbe,
    addDevice,
  ])
    add(program, start);
  return program;
}

function report(error: unknown, options: CommonOptions, terminal: Terminal): number {
  const failure = describe(error);
  const unreachable = failure.name === 'DaemonUnreachable';
  const code = unreachable ? EXIT.unreachable : EXIT.failed;
  if (options.json) {
    const { code: errorCode, message, diagnostics } = failure;
    terminal.err(json({ error: { code: errorCode, message, diagnostics } }));
    return code;
  }
  terminal.err(`sluice: ${printable(failure.message)}\n`);
  const style = styleOf(terminal);
  for (const diagnostic of failure.diagnostics) terminal.err(diagnosticLine(style, diagnostic));
  if (unreachable && options.context !== undefined) {
    terminal.err('  the daemon on the device does not answer: sluice device start, or sluice device logs\n');
  } else if (unreachable) {
    const { path, from } = chooseSocket(options.socket, terminal);
    terminal.err(`  tried: ${printable(path)} (${from})\n`);
    const how = printable(startingHint(terminal));
    terminal.err(`  start the daemon with ${how}, or name its socket with --socket or SLUICE_SOCKET\n`);
  }
  return code;
}

/** By name rather than by class: the class lives in the part of the program that is loaded only when needed. */
function describe(error: unknown): Pick<ControlError, 'name' | 'message' | 'diagnostics'> & { code: string } {
  if (error instanceof Error && (error.name === 'ControlError' || error.name === 'DaemonUnreachable')) {
    return error as ControlError;
  }
  if (error instanceof Error && error.name === 'DeviceFailure') {
    const { name, kind, told } = error as DeviceFailure;
    return { name, code: kind, message: told, diagnostics: [] };
  }
  const message = error instanceof Error ? error.message : String(error);
  const text = error instanceof CommandFailure ? message : `unexpected failure: ${message}`;
  return { name: 'CommandFailure', code: 'internal', message: text, diagnostics: [] };
}
