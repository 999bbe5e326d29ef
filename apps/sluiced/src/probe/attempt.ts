import type { ProbeAttempt } from '@sluice/session';
import { errnoName } from '@sluice/sys';

/** What a call gave (0 or more, or -errno), as the report has it. */
export function attempt(result: number): ProbeAttempt {
  return result < 0 ? { ok: false, errno: errnoName(result) } : { ok: true, errno: null };
}
