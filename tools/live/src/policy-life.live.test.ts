import { constants, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyEvent } from '@sluice/control';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { holdOpen } from './held-file.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const HIDES = `version: 1
name: hides
default: cached
rules:
  - { id: secret, match: { path: 'd/secret*' }, action: hide }
  - { id: big, match: { path: 'd/big*' }, action: passthrough }
`;
const SHOWS = `version: 1
name: shows
default: cached
rules:
  - { id: big, match: { path: 'd/big*' }, action: passthrough }
`;

describe('the life of a policy', () => {
  let scratch: string;
  let daemon: RunningDaemon;
  let observer: Observer;
  const policy = (name: string, text: string): string => {
    const file = join(scratch, name);
    writeFileSync(file, text);
    return file;
  };

  beforeAll(async () => {
    scratch = mkdtempSync('/var/tmp/sluice-life-');
    // Names stay valid for a minute: what is forgotten before has been invalidated.
    daemon = await startDaemon({ policy: 'none', timeoutSeconds: 60 });
    observer = observe(daemon);
    mkdirSync(join(daemon.source, 'd'));
    for (const name of ['secret1', 'secret2', 'big1', 'plain'])
      writeFileSync(join(daemon.source, 'd', name), 'x'.repeat(5000));
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  const lookups = async (): Promise<number> => (await observer.counters()).requests['LOOKUP'] ?? 0;
  const stat = (name: string): Promise<unknown> => sh(`stat d/${name} > /dev/null`, { cwd: daemon.mount });

  it('tells before what would change, and changes nothing', async () => {
    for (const name of ['secret1', 'secret2', 'big1', 'plain']) await stat(name);
    const before = await lookups();
    const dry = await daemon.json('policy', 'apply', policy('hides.yaml', HIDES), '--dry-run');
    expect(dry).toMatchObject({
      version: 2,
      change: {
        nodesExamined: 6,
        nodesChanged: 3,
        invalidatedEntries: 2,
        openFilesExamined: 0,
        incomplete: false,
      },
    });
    const { samples } = dry.change as { samples: { path: string; toAction: string; toRule: string }[] };
    expect(samples.map(({ path, toAction, toRule }) => `${path} ${toAction} ${toRule}`).sort()).toEqual([
      'd/big1 passthrough big',
      'd/secret1 hide secret',
      'd/secret2 hide secret',
    ]);
    expect(await daemon.json('policy', 'get')).toMatchObject({ name: 'none', version: 1 });
    for (const name of ['secret1', 'big1', 'plain']) await stat(name);
    expect(await lookups()).toBe(before);
  });

  it('makes the kernel forget exactly the names that are seen otherwise', async () => {
    const applied = await daemon.json('policy', 'apply', policy('hides.yaml', HIDES), '--why', 'private');
    expect(applied).toMatchObject({
      version: 2,
      name: join(scratch, 'hides.yaml'),
      why: 'private',
      appliedBy: { uid: 0 },
      change: { invalidatedEntries: 2, invalidatedAttributes: 0, incomplete: false },
    });
    const before = await lookups();
    for (const name of ['big1', 'plain']) await stat(name);
    expect(await lookups()).toBe(before);
    await stat('secret1');
    await stat('secret2');
    expect(await lookups()).toBeGreaterThanOrEqual(before + 2);
  });

  it('tells of files that go on as they were opened, and that a passing one cannot be recalled', async () => {
    const passing = await holdOpen(join(daemon.mount, 'd/big1'), constants.O_RDONLY);
    const cached = await holdOpen(join(daemon.mount, 'd/plain'), constants.O_RDONLY);
    try {
      const { change } = await daemon.json('policy', 'apply', 'none', '--dry-run');
      expect(change).toMatchObject({ openFilesExamined: 2, openFilesChanged: 1 });
      expect(change.openFilesUnderOlderPolicy).toMatchObject([
        { path: 'd/big1', uid: 0, mode: 'passthrough', toAction: 'cached', toRule: 'default' },
      ]);
      expect(change.openFilesUnderOlderPolicy[0].note).toContain('cannot be recalled');
      const words = (await daemon.sluice('policy', 'apply', 'all', '--dry-run')).stdout;
      expect(words).toContain('1 of 2 open files would be opened otherwise now');
      expect(words).toContain('d/plain (uid 0, cached, now passthrough): it goes on as it was opened');
    } finally {
      await passing.close();
      await cached.close();
    }
  });

  it('is refused if another version is in force than the one expected', async () => {
    const refused = await daemon.sluice('policy', 'apply', 'all', '--if-version', '1');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('version 2 is in force, not 1');
    expect(
      await daemon.json('policy', 'apply', policy('shows.yaml', SHOWS), '--if-version', '2'),
    ).toMatchObject({
      version: 3,
      // Hidden names are asked for each time: the kernel has nothing to forget when they appear.
      change: { invalidatedEntries: 0 },
    });
    expect(await sh('stat d/secret1', { cwd: daemon.mount })).toMatchObject({ code: 0 });
  });

  it('is told in differences and history, and goes back', async () => {
    const diff = await daemon.json('policy', 'diff', '2', '3');
    expect(diff.rules).toEqual([{ kind: 'removed', id: 'secret', fromPosition: 1, toPosition: 0 }]);
    expect(diff.textDiff).toContain("-  - { id: secret, match: { path: 'd/secret*' }, action: hide }\n");
    expect(await daemon.json('policy', 'rollback', '--why', 'better')).toMatchObject({
      version: 4,
      rollbackOf: 2,
      text: HIDES,
    });
    expect(await daemon.json('policy', 'rollback', '3')).toMatchObject({
      version: 5,
      rollbackOf: 3,
      text: SHOWS,
    });
    const history = (await daemon.json('policy', 'history')) as { version: number; inForce: boolean }[];
    expect(history.map(({ version, inForce }) => [version, inForce])).toEqual([
      [5, true],
      [4, false],
      [3, false],
      [2, false],
      [1, false],
    ]);
    expect((await daemon.sluice('policy', 'get', '--version', '2')).stdout).toBe(HIDES);
    expect((await daemon.sluice('policy', 'get', '--version', '9')).stderr).toContain('no policy version 9');
  });

  it('is watched: what was, from a version on, and what comes', async () => {
    const leave = new AbortController();
    const seen: PolicyEvent[] = [];
    const watching = (async () => {
      for await (const event of observer.client.watchPolicy('live', 3, leave.signal)) seen.push(event);
    })();
    await expect.poll(() => seen.length).toBe(2);
    await daemon.sluice('policy', 'apply', policy('broken.yaml', 'version: 1\ndefault: nonsense\n'));
    await daemon.json('policy', 'apply', 'all');
    await expect.poll(() => seen.length).toBe(4);
    leave.abort();
    await watching;
    expect(seen).toMatchObject([
      { kind: 'rolled-back', version: 4, rollbackOf: 2, why: 'better' },
      { kind: 'rolled-back', version: 5, rollbackOf: 3 },
      { kind: 'refused', version: 5, name: join(scratch, 'broken.yaml') },
      { kind: 'applied', version: 6, name: 'all', by: { uid: 0 } },
    ]);
    expect(seen[2]?.message).toContain('broken.yaml:2:');
  });

  it('explains the way to a decision, for a caller of choice', async () => {
    await daemon.json('policy', 'apply', policy('shows.yaml', SHOWS));
    const explained = await daemon.json(
      'explain',
      'd/plain',
      '--access',
      'read,write',
      '--uid',
      '10057',
      '--gid',
      '5',
    );
    expect(explained).toMatchObject({ action: 'cached', rule: 'default', uid: 10_057, gid: 5, type: 'file' });
    expect(explained.steps.map(({ component }: { component: string }) => component)).toEqual(['d', 'plain']);
    expect(explained.lost).toMatchObject([{ rule: 'big', line: 5 }]);
    expect(explained.entryTimeoutMs).toBe(60_000);
  });
});

describe('a policy that was applied', () => {
  let kept: string;
  let state: string;
  const start = (args: readonly string[] = []): Promise<RunningDaemon> =>
    startDaemon({ source: join(kept, 'lower'), state, args });

  beforeAll(async () => {
    kept = mkdtempSync('/var/tmp/sluice-kept-');
    state = join(kept, 'state');
    mkdirSync(join(kept, 'lower'));
    const daemon = await start();
    writeFileSync(join(kept, 'p.yaml'), SHOWS);
    await daemon.json('policy', 'apply', 'all');
    await daemon.json('policy', 'apply', join(kept, 'p.yaml'));
    await daemon.stop();
  });
  afterAll(() => {
    rmSync(kept, { recursive: true });
  });

  const versionFile = (version: number): string => join(state, 'policies/live', `${version}.json`);

  it('is in force again after a restart, with its history', async () => {
    const daemon = await start();
    try {
      expect(await daemon.json('policy', 'get')).toMatchObject({ version: 3, text: SHOWS });
      expect(await daemon.json('policy', 'history')).toHaveLength(3);
      expect((await daemon.json('status')).volumes[0].warnings).toEqual([]);
    } finally {
      await daemon.stop();
    }
  });

  it('gives way to the last good one where it is damaged, with a warning that stays', async () => {
    const whole = readFileSync(versionFile(3), 'utf8');
    writeFileSync(versionFile(3), whole.replace('name: shows', 'name: showz'));
    const daemon = await start();
    try {
      expect(await daemon.json('policy', 'get')).toMatchObject({ version: 2, name: 'all' });
      const { warnings } = (await daemon.json('status')).volumes[0];
      expect(warnings[0]).toContain('policy version 3 is damaged: its text is not what was stored');
      expect(warnings[1]).toContain('policy version 2 (all), the last good one, is in force instead');
      expect(daemon.output()).toContain('policy version 3 is damaged');
      expect((await daemon.sluice('status')).stdout).toContain('warning: policy version 3 is damaged');
      // The next one makes it good.
      expect(await daemon.json('policy', 'apply', 'none')).toMatchObject({ version: 4 });
      expect((await daemon.json('status')).volumes[0].warnings).toEqual([]);
    } finally {
      await daemon.stop();
    }
  });

  it('is the newest good one where the note of what is in force is damaged', async () => {
    writeFileSync(join(state, 'policies/live/current'), '\0\0');
    const daemon = await start();
    try {
      expect(await daemon.json('policy', 'get')).toMatchObject({ version: 4, name: 'none' });
      expect((await daemon.json('status')).volumes[0].warnings[0]).toContain(
        'the note of which policy version',
      );
    } finally {
      await daemon.stop();
    }
  });

  it('stays in force where the policy named at the start is broken', async () => {
    writeFileSync(join(kept, 'broken.yaml'), 'version: 1\ndefault: nonsense\n');
    const daemon = await start(['--policy', join(kept, 'broken.yaml')]);
    try {
      const { policyVersion, warnings } = (await daemon.json('status')).volumes[0];
      expect(policyVersion).toBe(4);
      expect(warnings.join('\n')).toContain(`${join(kept, 'broken.yaml')}:2:10: `);
      expect(warnings.join('\n')).toContain('policy version 4, the last good one, is in force instead');
    } finally {
      await daemon.stop();
    }
  });

  it('is taken over from a daemon that kept one file', async () => {
    rmSync(join(state, 'policies/live'), { recursive: true });
    const old = { name: 'old.yaml', version: 7, appliedAtMs: 1_700_000_000_000, text: SHOWS };
    writeFileSync(join(state, 'policies/live.json'), JSON.stringify(old));
    const daemon = await start();
    try {
      expect(await daemon.json('policy', 'get')).toMatchObject(old);
      expect(readdirSync(join(state, 'policies'))).toEqual(['live']);
    } finally {
      await daemon.stop();
    }
  });
});
