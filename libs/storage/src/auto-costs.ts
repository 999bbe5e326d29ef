/** What `auto` weighs, as the trial measured it, in session memory: workers and explanations read the same numbers. */
import type { AutoCosts } from '@sluice/policy';
import { HEADER } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';

/** Before the volume is served. Nanoseconds, each less than four seconds. */
export function writeCosts(memory: SessionMemory, costs: AutoCosts): void {
  memory.setU32(HEADER.costRegistration, word(costs.registration));
  memory.setU32(HEADER.costRequest, word(costs.request));
  memory.setU32(HEADER.costDaemonMiB, word(costs.daemonMiB));
  memory.setU32(HEADER.costPassthroughMiB, word(costs.passthroughMiB));
}

export function readCosts(memory: SessionMemory): AutoCosts {
  return {
    registration: memory.getU32(HEADER.costRegistration),
    request: memory.getU32(HEADER.costRequest),
    daemonMiB: memory.getU32(HEADER.costDaemonMiB),
    passthroughMiB: memory.getU32(HEADER.costPassthroughMiB),
  };
}

function word(nanoseconds: number): number {
  return Math.max(0, Math.min(0xffff_ffff, Math.round(nanoseconds)));
}
