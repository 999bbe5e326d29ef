import { addVolume } from './add-volume.ts';
import { applyPolicy } from './apply-policy.ts';
import { checkHealth } from './check-health.ts';
import { explain } from './explain.ts';
import { getPolicy } from './get-policy.ts';
import { getStats } from './get-stats.ts';
import { getStatus } from './get-status.ts';
import { listVolumes } from './list-volumes.ts';
import { removeVolume } from './remove-volume.ts';
import type { Handler } from './unary.ts';
import { validatePolicy } from './validate-policy.ts';

export const HANDLERS: readonly Handler[] = [
  getStatus,
  listVolumes,
  addVolume,
  removeVolume,
  getPolicy,
  validatePolicy,
  applyPolicy,
  explain,
  getStats,
  checkHealth,
];
