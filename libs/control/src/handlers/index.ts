import { addVolume } from './add-volume.ts';
import { applyPolicy } from './apply-policy.ts';
import { checkHealth } from './check-health.ts';
import { diffPolicies } from './diff-policies.ts';
import { explain } from './explain.ts';
import { getPolicy } from './get-policy.ts';
import { getStats } from './get-stats.ts';
import { getStatus } from './get-status.ts';
import type { Handler } from './handler.ts';
import { listPolicyVersions } from './list-policy-versions.ts';
import { listVolumes } from './list-volumes.ts';
import { recordTrace } from './record-trace.ts';
import { removeVolume } from './remove-volume.ts';
import { rollbackPolicy } from './rollback-policy.ts';
import { validatePolicy } from './validate-policy.ts';
import { watchPolicy } from './watch-policy.ts';

export const HANDLERS: readonly Handler[] = [
  getStatus,
  listVolumes,
  addVolume,
  removeVolume,
  getPolicy,
  validatePolicy,
  applyPolicy,
  listPolicyVersions,
  diffPolicies,
  rollbackPolicy,
  watchPolicy,
  recordTrace,
  explain,
  getStats,
  checkHealth,
];
