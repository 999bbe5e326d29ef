import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFio } from './fio.ts';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { run, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { photo } from './photo.fixture.ts';

const FLIPS = join(dirname(fileURLToPath(import.meta.url)), 'policy-flips.py');
const SECONDS = Number(process.env['SLUICE_FLIP_SECONDS'] ?? 60);
const LIMIT_MS = SECONDS * 2000 + 60_000;
const cannotRun = hasFio() ? '' : 'fio is missing (Debian: apt-get install fio)';

/** Versions that come in turn: every rule is named after its version, and what one lets through another serves. */
const VERSIONS = [
  `version: 1
default: direct
rules:
  - { id: v0-all, match: { path: '**' }, action: passthrough }
`,
  `version: 1
default: direct
rules:
  - { id: v1-photos, match: { extension: jpg, caller: { uid: 10002 } }, action: redact }
  - { id: v1-all, match: { path: '**' }, action: cached }
`,
  `version: 1
default: passthrough
rules:
  - { id: v2-photos, match: { path: 'Photos/**', caller: { uid: 10002 } }, action: hide }
  - { id: v2-work, match: { path: 'Work/**', access: [write, create], caller: { uid: 10002 } }, action: deny }
  - { id: v2-all, match: { path: '**' }, action: direct }
`,
  `version: 1
default: cached
rules:
  - { id: v3-photos, match: { extension: jpg, caller: { uid: 10002 } }, action: redact }
  - { id: v3-small, match: { size: { max: 32KiB } }, action: auto }
  - { id: v3-all, match: { path: '**' }, action: passthrough, options: { entry-timeout: 0 } }
`,
];

describe.skipIf(cannotRun !== '')(`a policy that changes ten times a second ${cannotRun}`, () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  beforeAll(async () => {
    daemon = await startDaemon({ policy: 'all', guardSeconds: (LIMIT_MS * 2) / 1000 });
    observer = observe(daemon);
    for (const name of ['Photos', 'Text', 'Work', 'fio']) {
      mkdirSync(join(daemon.source, name));
      chmodSync(join(daemon.source, name), 0o777);
    }
    writeFileSync(join(daemon.source, 'Photos/a.jpg'), photo());
    writeFileSync(join(daemon.source, 'Text/file'), '0123456789abcdef'.repeat(4096));
    for (const directory of [daemon.source, daemon.directory]) chmodSync(directory, 0o777);
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
  });

  it(
    'earns nobody an error or a wrong byte, and each decision is wholly one version’s',
    async () => {
      const working = Promise.all([
        run('python3', [FLIPS, daemon.mount, String(SECONDS)], { timeoutMs: LIMIT_MS }),
        run(
          'fio',
          [
            ...['--name=load', `--directory=${daemon.mount}/fio`, '--thread', '--numjobs=4', '--bs=4k'],
            ...['--size=1m', '--rw=randrw', '--verify=crc32c', '--verify_fatal=1', '--fallocate=none'],
            ...[
              `--time_based`,
              `--runtime=${SECONDS}`,
              '--rate=,2m',
              '--disk_util=0',
              '--verify_state_save=0',
            ],
          ],
          { cwd: daemon.directory, timeoutMs: LIMIT_MS },
        ),
      ]);
      let ended = false;
      let applied = 0;
      const flipping = (async (): Promise<void> => {
        for (; !ended; applied++) {
          const next = delay(100);
          await observer.client.applyPolicy('live', VERSIONS[applied % VERSIONS.length] ?? '', 'flip');
          await next;
        }
      })();
      const [flips, fio] = await working.finally(() => (ended = true));
      await flipping;
      expect(flips.stderr).toBe('');
      const lines = flips.stdout.trimEnd().split('\n');
      const { done } = JSON.parse(lines.pop() ?? '{}') as { done: number };
      expect(lines).toEqual([]);
      expect({ code: fio.code, stderr: fio.stderr }).toEqual({ code: 0, stderr: '' });
      // Not a claim about speed: that much was done at all, by both.
      expect(done).toBeGreaterThan(SECONDS * 50);
      expect(applied).toBeGreaterThan(SECONDS * 2);
      process.stdout.write(`${applied} policies in ${SECONDS} s, ${done} operations meanwhile\n`);
      const { volumes } = (await daemon.json('status')) as { volumes: { state: string }[] };
      expect(volumes[0]?.state).toBe('serving');
    },
    LIMIT_MS,
  );
});
