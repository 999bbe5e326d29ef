/** A policy that changes all the time, so that a file is opened now in one mode and now in another. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Observer } from '../counters.ts';

const DIRECT = 'version: 1\ndefault: direct\nrules: []\n';
const POLICIES = ['all', 'none', 'all', DIRECT, 'none', DIRECT];

/** Applies one policy after another until `work` has ended, and returns what it returns; and how many were applied. */
export async function whilePolicyChanges<T>(
  { client }: Observer,
  everyMs: number,
  work: Promise<T>,
): Promise<{ result: T; applied: number }> {
  let ended = false;
  let applied = 0;
  const changing = (async (): Promise<void> => {
    for (; !ended; applied++) {
      const policy = POLICIES[applied % POLICIES.length] ?? 'all';
      await client.applyPolicy('live', policy, policy === DIRECT ? 'direct' : policy);
      await delay(everyMs);
    }
  })();
  try {
    return { result: await work, applied };
  } finally {
    ended = true;
    await changing;
  }
}
