import { existsSync } from 'node:fs';
import type { PassthroughStatus } from '@sluice/control';
import { FUSE_BPF_FEATURE, HEADER } from '@sluice/session';
import type { SessionMemory, TrialReport } from '@sluice/session';

/** What is known of passthrough on a volume. `proof` undefined: it was not tried yet. */
export function passthroughStatus(
  proof: TrialReport | undefined,
  memory: SessionMemory,
  hasFuseBpf = existsSync(FUSE_BPF_FEATURE),
): PassthroughStatus {
  if (proof === undefined) {
    const evidence = ['not tried yet'];
    return { requested: false, negotiated: false, proven: false, dialect: 'none', evidence };
  }
  const { requested, negotiated, proven, dialect, evidence } = proof;
  const inUse = (memory.load(HEADER.initPassthrough) & 2) !== 0;
  const facts = [...evidence, ...(hasFuseBpf ? [FUSE_BPF] : [])];
  return {
    requested,
    negotiated,
    proven,
    dialect: inUse ? dialect : 'none',
    evidence: proven && !inUse ? [...facts, 'not in use: the mount itself did not negotiate it'] : facts,
  };
}

const FUSE_BPF =
  'the kernel has fuse_bpf, which is not used (unproven): trees leave the daemon by bind mounts';
