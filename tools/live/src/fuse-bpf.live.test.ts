import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FUSE_BPF_FEATURE } from '@sluice/session';
import type { ProbeReport } from '@sluice/session';
import { run } from './index.ts';

const SLUICE = fileURLToPath(new URL('../../../apps/sluice/dist/sluice.cjs', import.meta.url));
const HAS_FUSE_BPF = existsSync(FUSE_BPF_FEATURE);

describe.skipIf(HAS_FUSE_BPF)('a kernel without fuse_bpf (needs one)', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync('/var/tmp/sluice-fuse-bpf-');
    mkdirSync(join(base, 'source'));
    mkdirSync(join(base, 'tmp'));
  });
  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });

  async function probe(...words: string[]): Promise<ProbeReport> {
    const { code, stdout, stderr } = await run(
      process.execPath,
      [SLUICE, 'probe', '--source', join(base, 'source'), ...words],
      { timeoutMs: 60_000, env: { ...process.env, TMPDIR: join(base, 'tmp') } },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as ProbeReport;
  }

  it('refuses a backing directory: unproven, with the errno, and passthrough is proven as before', async () => {
    const { trial, fuse } = await probe('--fuse-bpf');
    expect(fuse.fuseBpf).toBe(false);
    expect(trial.backingDirectory).toEqual({
      proven: false,
      reason: 'reply-refused',
      evidence: [
        'backing directory mount: ok, mounted in a private namespace',
        'backing directory lookup: failed, open failed with EIO',
      ],
    });
    expect(trial.proven).toBe((await probe()).trial.proven);
    expect(readdirSync(join(base, 'source'))).toEqual([]);
    expect(readdirSync(join(base, 'tmp'))).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(base);
  });

  it('is not asked unless somebody wants to know', async () => {
    expect((await probe()).trial.backingDirectory).toBe(null);
  });
});
