import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { addPolicyApply } from './policy-apply.ts';
import { addPolicyDiff } from './policy-diff.ts';
import { addPolicyGet } from './policy-get.ts';
import { addPolicyHistory } from './policy-history.ts';
import { addPolicyReplay } from './policy-replay.ts';
import { addPolicyRollback } from './policy-rollback.ts';
import { addPolicyTest } from './policy-test.ts';
import { addPolicyValidate } from './policy-validate.ts';
import { addPolicyWatch } from './policy-watch.ts';

export function addPolicy(parent: Command, start: Start): void {
  const policy = parent.command('policy').description('read, check, try and change the policy of a volume');
  addPolicyGet(policy, start);
  addPolicyValidate(policy, start);
  addPolicyTest(policy, start);
  addPolicyReplay(policy, start);
  addPolicyApply(policy, start);
  addPolicyHistory(policy, start);
  addPolicyDiff(policy, start);
  addPolicyRollback(policy, start);
  addPolicyWatch(policy, start);
}
