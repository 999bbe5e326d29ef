import { constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { holdOpen } from './held-file.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

describe('sluice policy apply', () => {
  let scratch: string;
  let daemon: RunningDaemon;
  let observer: Observer;
  const read = (file: string) => (): Promise<unknown> => sh(`cat ${file} > /dev/null`, { cwd: daemon.mount });
  beforeAll(async () => {
    scratch = mkdtempSync('/var/tmp/sluice-policies-');
    daemon = await startDaemon({ policy: 'none' });
    observer = observe(daemon);
    for (const name of ['one', 'two', 'held']) writeFileSync(join(daemon.source, name), 'x'.repeat(5000));
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  it('is in force for the next open', async () => {
    expect(await observer.opensDuring(read('one'))).toEqual({
      opens: { cached: 1 },
      reasons: { default: 1 },
    });
    const applied = await daemon.json('policy', 'apply', 'all');
    expect(applied).toMatchObject({ name: 'all', version: 2, openFilesUnderOlderPolicy: 0 });
    expect(await observer.opensDuring(read('one'))).toEqual({
      opens: { passthrough: 1 },
      reasons: { default: 1 },
    });
    expect(await daemon.json('explain', 'one')).toMatchObject({
      action: 'passthrough',
      rule: 'default',
      outcome: 'passthrough',
      policyVersion: 2,
    });
  });

  it('is about files that are known already as well as about new ones', async () => {
    const only = (file: string): string =>
      `version: 1\ndefault: cached\nrules:\n  - match: { path: ${file} }\n    action: passthrough\n`;
    for (const [chosen, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      await observer.client.applyPolicy('live', only(chosen), 'by name');
      expect((await observer.opensDuring(read(chosen))).opens).toEqual({ passthrough: 1 });
      expect((await observer.opensDuring(read(other))).opens).toEqual({ cached: 1 });
    }
  });

  it('may be followed by others at once, also when workers have waited on storage before', async () => {
    // Writes of this size make a worker hand over to another one.
    await sh('dd if=/dev/zero of=two bs=64k count=20 2>&1', { cwd: daemon.mount });
    const startedAt = performance.now();
    for (const policy of ['none', 'all', 'none', 'all']) {
      await sh('dd if=/dev/zero of=two bs=64k count=20 2>&1', { cwd: daemon.mount });
      await observer.client.applyPolicy('live', policy, policy);
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect((await observer.client.getPolicy('live')).version).toBe(8);
  });

  it('refuses a broken policy with file, line and column, and the old one stays', async () => {
    const broken = join(scratch, 'broken.yaml');
    writeFileSync(
      broken,
      'version: 1\ndefault: cached\nrules:\n  - match: { pth: "**" }\n    action: cached\n',
    );
    const before = await observer.client.getPolicy('live');
    const refused = await daemon.sluice('policy', 'apply', broken);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`${broken}:4:14: error: unknown key "pth"`);
    expect(await observer.client.getPolicy('live')).toEqual(before);
    expect(await daemon.json('explain', 'one')).toMatchObject({
      outcome: 'passthrough',
      policyVersion: before.version,
    });
    expect((await observer.opensDuring(read('one'))).opens).toEqual({ passthrough: 1 });
  });

  it('tells how many files go on passing through under an older policy', async () => {
    const held = await holdOpen(join(daemon.mount, 'held'), constants.O_RDONLY);
    try {
      expect(await daemon.json('policy', 'apply', 'none')).toMatchObject({ openFilesUnderOlderPolicy: 1 });
      // Nothing else is legal beside it.
      expect(await daemon.json('explain', 'held')).toMatchObject({
        action: 'cached',
        outcome: 'passthrough',
        outcomeReason: 'inode-passthrough',
      });
      expect(await observer.opensDuring(read('held'))).toEqual({
        opens: { passthrough: 1 },
        reasons: { 'inode-passthrough': 1 },
      });
    } finally {
      await held.close();
    }
    await expect
      .poll(async () => (await observer.client.getPolicy('live')).openFilesUnderOlderPolicy)
      .toBe(0);
    expect((await observer.opensDuring(read('held'))).opens).toEqual({ cached: 1 });
  });

  it('leaves a file cached beside a descriptor that was opened cached', async () => {
    const held = await holdOpen(join(daemon.mount, 'held'), constants.O_RDONLY);
    try {
      await observer.client.applyPolicy('live', 'all', 'all');
      expect(await daemon.json('explain', 'held')).toMatchObject({
        action: 'passthrough',
        outcome: 'cached',
        outcomeReason: 'inode-cached',
      });
      expect(await observer.opensDuring(read('held'))).toEqual({
        opens: { cached: 1 },
        reasons: { 'inode-cached': 1 },
      });
    } finally {
      await held.close();
    }
    await expect
      .poll(async () => (await observer.opensDuring(read('held'))).opens)
      .toEqual({ passthrough: 1 });
  });
});

describe('a policy that was applied', () => {
  it('is in force again after a restart on the same state directory', async () => {
    const kept = mkdtempSync('/var/tmp/sluice-restart-');
    const source = join(kept, 'lower');
    const state = join(kept, 'state');
    const policy = join(kept, 'mine.yaml');
    mkdirSync(source);
    writeFileSync(join(source, 'a.bin'), 'x'.repeat(100));
    const text =
      'version: 1\ndefault: cached\nrules:\n  - id: bins\n    match: { path: "*.bin" }\n    action: passthrough\n';
    writeFileSync(policy, text);
    try {
      const first = await startDaemon({ source, state, policy: 'none' });
      try {
        await first.json('policy', 'apply', policy);
      } finally {
        expect(await first.stop()).toBe(0);
      }
      rmSync(policy);
      const second = await startDaemon({ source, state });
      const observer = observe(second);
      try {
        expect(await second.json('policy', 'get')).toMatchObject({ name: policy, version: 2, text });
        expect(await second.json('explain', 'a.bin')).toMatchObject({
          rule: 'bins',
          outcome: 'passthrough',
          policyVersion: 2,
        });
        const seen = await observer.opensDuring(() => sh('cat a.bin > /dev/null', { cwd: second.mount }));
        expect(seen).toEqual({ opens: { passthrough: 1 }, reasons: { rule: 1 } });
      } finally {
        observer.close();
        await second.stop();
      }
    } finally {
      rmSync(kept, { recursive: true });
    }
  });
});
