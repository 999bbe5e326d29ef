import { existsSync } from 'node:fs';
import type { PassthroughStatus } from '@sluice/control';
import { HEADER } from '@sluice/session';
import type { SessionMemory, TrialReport } from '@sluice/session';

/** What is known of passthrough on a volume. `proof` undefined: it was not tried yet. */
export function passthroughStatus(
  proof: TrialReport | undefined,
  memory: SessionMemory,
  fuseBpf = offersFuseBpf(),
): PassthroughStatus {
  if (proof === undefined) {
    const evidence = ['not tried yet'];
    return { requested: false, negotiated: false, proven: false, dialect: 'none', evidence };
  }
  const { requested, negotiated, proven, dialect, evidence } = proof;
  const inUse = (memory.load(HEADER.initPassthrough) & 2) !== 0;
  const facts = [...evidence, ...(fuseBpf ? [FUSE_BPF] : [])];
  return {
    requested,
    negotiated,
    proven,
    dialect: inUse ? dialect : 'none',
    evidence: proven && !inUse ? [...facts, 'not in use: the mount itself did not negotiate it'] : facts,
  };
}

/** Android's kernels tell so (`/sys/fs/fuse/features`). */
function offersFuseBpf(): boolean {
  return existsSync('/sys/fs/fuse/features/fuse_bpf');
}

const FUSE_BPF =
  'the kernel has fuse_bpf, which is not used (unproven): trees leave the daemon by bind mounts';
