import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { addPolicyApply } from './policy-apply.ts';
import { addPolicyGet } from './policy-get.ts';
import { addPolicyValidate } from './policy-validate.ts';

export function addPolicy(parent: Command, start: Start): void {
  const policy = parent.command('policy').description('read, check and change the policy of a volume');
  addPolicyGet(policy, start);
  addPolicyValidate(policy, start);
  addPolicyApply(policy, start);
}
