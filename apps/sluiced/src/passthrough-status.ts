import type { PassthroughStatus } from '@sluice/control';
import { HEADER } from '@sluice/session';
import type { SessionMemory, TrialReport } from '@sluice/session';

/** What is known of passthrough on a volume. `proof` undefined: it was not tried yet. */
export function passthroughStatus(proof: TrialReport | undefined, memory: SessionMemory): PassthroughStatus {
  if (proof === undefined) {
    const evidence = ['not tried yet'];
    return { requested: false, negotiated: false, proven: false, dialect: 'none', evidence };
  }
  const { requested, negotiated, proven, dialect, evidence } = proof;
  const inUse = (memory.load(HEADER.initPassthrough) & 2) !== 0;
  return {
    requested,
    negotiated,
    proven,
    dialect: inUse ? dialect : 'none',
    evidence:
      proven && !inUse ? [...evidence, 'not in use: the mount itself did not negotiate it'] : evidence,
  };
}
