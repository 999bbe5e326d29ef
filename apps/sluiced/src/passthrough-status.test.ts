import { describe, expect, it } from 'vitest';
import type { SessionMemory, TrialReport } from '@sluice/session';
import { passthroughStatus } from './passthrough-status.ts';

const proof = {
  requested: true,
  negotiated: true,
  proven: true,
  dialect: 'mainline',
  evidence: ['no READ'],
} as unknown as TrialReport;
/** INIT settled on passthrough, or not. */
const memory = (inUse: boolean): SessionMemory =>
  ({ load: () => (inUse ? 2 : 0) }) as unknown as SessionMemory;

describe('the status of passthrough', () => {
  it('says of fuse_bpf, where the kernel has it, that it is not used', () => {
    expect(passthroughStatus(proof, memory(true), true).evidence).toEqual([
      'no READ',
      expect.stringMatching(/fuse_bpf, which is not used \(unproven\)/),
    ]);
    expect(passthroughStatus(proof, memory(true), false)).toEqual({ ...proof });
  });

  it('says where what was proven is not in use', () => {
    const { dialect, evidence } = passthroughStatus(proof, memory(false), false);
    expect([dialect, evidence.at(-1)]).toEqual(['none', 'not in use: the mount itself did not negotiate it']);
  });
});
