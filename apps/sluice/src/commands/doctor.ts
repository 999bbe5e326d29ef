import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { doctorText } from '../doctor/doctor-text.ts';
import { canServe, findingsOf } from '../doctor/findings.ts';
import { runProbe } from '../doctor/run-probe.ts';
import { addTargetOptions, chooseTarget, type TargetOptions } from '../doctor/target.ts';
import { volumeFinding } from '../doctor/volume-finding.ts';
import { EXIT } from '../exit-codes.ts';

interface DoctorOptions extends TargetOptions {
  proven?: boolean;
}

export function addDoctor(parent: Command, start: Start): void {
  addTargetOptions(parent.command('doctor'))
    .description('what this device can do, and why not; exit code 1 if it cannot serve at all')
    .option('--proven', 'exit code 1 also unless passthrough is proven')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice doctor\n  sluice doctor --source /data/media/0\n  sluice doctor --volume photos --json\n',
    )
    .action(async ({ proven = false, ...options }: DoctorOptions, command: Command) => {
      const context = start(command);
      const target = await chooseTarget(context, options);
      const probe = await runProbe(target, context.terminal);
      const own = findingsOf(probe);
      const serves = canServe(own);
      const { volume, sameNamespace } = target;
      const findings = volume === undefined ? own : [...own, volumeFinding(volume, probe, sameNamespace)];
      if (!serves || (proven && !probe.trial.proven)) context.exitWith(EXIT.failed);
      const diagnosis = { serves, findings, probe };
      if (context.asJson) context.printJson(diagnosis);
      else context.print(doctorText(context.style, diagnosis));
    });
}
