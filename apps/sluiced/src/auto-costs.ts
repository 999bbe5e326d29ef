import type { AutoCosts } from '@sluice/policy';
import type { TrialCost } from '@sluice/session';

/** What the trial measured, in microseconds, as what `auto` weighs, in nanoseconds. */
export function autoCosts(cost: TrialCost): AutoCosts {
  return {
    registration: cost.registration * 1000,
    request: cost.request * 1000,
    daemonMiB: cost.daemonMiB * 1000,
    passthroughMiB: cost.passthroughMiB * 1000,
  };
}
