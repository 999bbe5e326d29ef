import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { runProbe } from '../doctor/run-probe.ts';
import { addTargetOptions, chooseTarget, type TargetOptions } from '../doctor/target.ts';

export function addProbe(parent: Command, start: Start): void {
  addTargetOptions(parent.command('probe'))
    .description(
      'what this device can do, as a JSON document for collecting (docs/schema/probe-v1.schema.json)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sluice probe --json > device.json\n  sluice probe --json --source /data/media/0\n',
    )
    .action(async (options: TargetOptions, command: Command) => {
      const context = start(command);
      const target = await chooseTarget(context, options);
      // It is JSON with --json and without: there is no other form.
      context.printJson(await runProbe(target, context.terminal));
    });
}
