import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { run, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { POLICY_BY_CALLER } from './open-sequences.ts';
import { writePolicy } from './policy-file.ts';

const PROGRAM = fileURLToPath(new URL('./beside-direct.py', import.meta.url));
const PROCESSES = 8;
const ROUNDS = 300;

describe('a file that is written direct while others have it cached and mapped', () => {
  const ending: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });

  it.each([1, 2, 4])(
    'shows everybody what was written, and keeps nobody waiting, workers: %i',
    async (workers) => {
      const policy = writePolicy(POLICY_BY_CALLER);
      ending.push(() => {
        policy.remove();
      });
      const daemon: RunningDaemon = await startDaemon({ policy: policy.path, workers });
      ending.push(() => daemon.stop());
      for (const each of [daemon.directory, daemon.source]) chmodSync(each, 0o777);
      const words = [PROGRAM, daemon.mount, String(PROCESSES), String(ROUNDS)];
      const result = await run('python3', words, { timeoutMs: 60_000 });
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(result.stdout)).toEqual({ rounds: PROCESSES * ROUNDS });
    },
    90_000,
  );
});
