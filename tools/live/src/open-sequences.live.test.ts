import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { run, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { POLICY_BY_CALLER } from './open-sequences.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

const PROGRAM = fileURLToPath(new URL('./open-sequences.py', import.meta.url));
const STEPS = 6;
/** 0: all of them, some 31,000. */
const SEQUENCES = Number(process.env['SLUICE_OPEN_SEQUENCES'] ?? 0);
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? 1);
const LIMIT_MS = SEQUENCES === 0 ? 1_800_000 : 60_000 + SEQUENCES * 200;

describe('a file that is opened, closed and unlinked in any order and mode', () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  let policy: PolicyFile;
  beforeAll(async () => {
    policy = writePolicy(POLICY_BY_CALLER);
    daemon = await startDaemon({ policy: policy.path, guardSeconds: LIMIT_MS / 1000 });
    observer = observe(daemon);
    for (const each of [daemon.directory, daemon.source]) chmodSync(each, 0o777);
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    policy.remove();
  });

  it(
    'gives every descriptor what was written last, and nobody an error',
    async () => {
      const words = [PROGRAM, daemon.mount, String(STEPS), String(SEQUENCES), String(SEED)];
      const result = await run('python3', words, { timeoutMs: LIMIT_MS });
      const lines = result.stdout.trimEnd().split('\n');
      const { sequences } = JSON.parse(lines.pop() ?? '{}') as { sequences: number };
      expect({ code: result.code, stderr: result.stderr, lines }).toEqual({ code: 0, stderr: '', lines: [] });
      expect(sequences).toBe(SEQUENCES === 0 ? 4 * 6 ** (STEPS - 1) : SEQUENCES);
      // All modes were really used.
      const counted = (await observer.counters()).opens;
      expect(counted['cached'] ?? 0).toBeGreaterThan(0);
      expect(counted['direct'] ?? 0).toBeGreaterThan(0);
      expect(counted['failed'] ?? 0).toBe(0);
      const { passthrough } = (await observer.client.status()).volumes[0] ?? {};
      if (passthrough?.proven === true) expect(counted['passthrough'] ?? 0).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
