import type { Command } from 'commander';
import type { StoredPolicy } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { diagnosticLine } from '../output.ts';
import { policyFromFileOrPreset, PRESETS } from '../policy-source.ts';
import { printable } from '../terminal.ts';
import { formatCount } from '../units.ts';

export function addPolicyApply(parent: Command, start: Start): void {
  parent
    .command('apply')
    .argument('<file|preset>', `a policy's file, or ${PRESETS.join(', ')}`)
    .description('put a policy in force, from the next request on; a broken one changes nothing')
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy apply media.yaml\n  sluice policy apply big-files --volume photos\n',
    )
    .action(async (given: string, { volume }: { volume: string }, command: Command) => {
      const context = start(command);
      const { text, fileName } = policyFromFileOrPreset(given, context.terminal.cwd);
      const policy = await context.daemon((client) => client.applyPolicy(volume, text, fileName));
      if (context.asJson) context.printJson(policy);
      else report(context, policy);
    });
}

function report({ style, terminal, print }: Context, policy: StoredPolicy): void {
  for (const warning of policy.warnings) terminal.err(diagnosticLine(style, warning));
  const name = style.bold(printable(policy.volume));
  print(`${name}: policy ${printable(policy.name)}, version ${policy.version}, is in force\n`);
  const older = policy.openFilesUnderOlderPolicy;
  if (older > 0) {
    const files = older === 1 ? '1 file stays' : `${formatCount(older)} files stay`;
    print(`${files} open under the decision of an earlier policy until closed\n`);
  }
}
