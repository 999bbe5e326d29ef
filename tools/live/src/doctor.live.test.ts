/** What the doctor says of this machine and of lower directories of many kinds, by real trials; and that nothing stays. */
import { chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import type { ProbeReport } from '@sluice/session';
import { run, sh, startDaemon } from './index.ts';
import type { CommandResult } from './index.ts';
import { ScratchMounts } from './scratch-mounts.ts';

const SLUICE = fileURLToPath(new URL('../../../apps/sluice/dist/sluice.cjs', import.meta.url));
const SCHEMA = new URL('../../../docs/schema/probe-v1.schema.json', import.meta.url);
const CHECKS = ['write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'];
const NOBODY = 65_534;

interface Diagnosis {
  serves: boolean;
  findings: { id: string; verdict: string; seen: string; follows: string; remedy: string }[];
  probe: ProbeReport;
}

let base: string;
let source: string;
let scratch: string;
const mounts = new ScratchMounts();

beforeEach(() => {
  base = mkdtempSync('/var/tmp/sluice-doctor-');
  [source, scratch] = [join(base, 'source'), join(base, 'tmp')];
  for (const each of [source, scratch]) mkdirSync(each);
});
afterEach(async () => {
  await mounts.leave();
  const [left, namesLeft] = [mountsLeft(), readdirSync(scratch)];
  rmSync(base, { recursive: true, force: true });
  expect({ mounts: left, scratch: namesLeft }).toEqual({ mounts: [], scratch: [] });
});

/** Of this test: others may mount what they like meanwhile. */
function mountsLeft(): string[] {
  const table = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return table.filter((line) => line.includes(base));
}

function sluice(words: string[], before: string[] = []): Promise<CommandResult> {
  const [program, ...args] = [...before, process.execPath, SLUICE, ...words] as [string, ...string[]];
  return run(program, args, { timeoutMs: 60_000, env: { ...process.env, TMPDIR: scratch } });
}

async function doctor(words: string[], before: string[] = []): Promise<Diagnosis & { code: number }> {
  const { code, stdout, stderr } = await sluice(['doctor', '--json', ...words], before);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Diagnosis) };
}

function found({ findings }: Diagnosis, id: string): Diagnosis['findings'][number] | undefined {
  return findings.find((each) => each.id === id);
}

async function withoutSysAdmin(context: TestContext): Promise<string[]> {
  const less = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
  if ((await run('setpriv', [...less.slice(1), 'true'])).code !== 0)
    context.skip('setpriv (Debian: util-linux)');
  return less;
}

function expectStacked(diagnosis: Diagnosis, layer: RegExp): void {
  const { trial, source: lower } = diagnosis.probe;
  expect(trial).toMatchObject({ requested: true, proven: false, reason: 'registration-refused' });
  const open = trial.checks.find(({ name }) => name === 'open');
  expect(open).toMatchObject({ result: 'failed', reason: 'registration-refused-stacked', errno: 'ELOOP' });
  expect(lower.stack.layers[0]).toMatch(layer);
  expect(found(diagnosis, 'passthrough')).toMatchObject({ verdict: 'missing' });
  expect(found(diagnosis, 'passthrough')?.seen).toContain('ELOOP (registration-refused-stacked)');
  expect(found(diagnosis, 'stack')?.verdict).toBe('limited');
  expect(diagnosis.serves).toBe(true);
}

describe('the doctor without a daemon', () => {
  it('proves the mainline dialect on the disk, check by check', async () => {
    const diagnosis = await doctor(['--source', source, '--proven']);
    expect({ code: diagnosis.code, serves: diagnosis.serves }).toEqual({ code: 0, serves: true });
    const { trial, init, privileges } = diagnosis.probe;
    expect(trial).toMatchObject({ proven: true, dialect: 'mainline', reason: null, lowerFile: 'source' });
    expect(
      trial.checks.map(({ name, result, requests }) => [
        name,
        result,
        name === 'beside-cached' ? 0 : requests,
      ]),
    ).toEqual(['mount', ...CHECKS].map((name) => [name, 'passed', 0]));
    expect(init?.taken.names).toContain('PASSTHROUGH');
    expect(init?.offered.names).toEqual(expect.arrayContaining(init?.taken.names ?? ['something taken']));
    expect(privileges).toMatchObject({ root: true, capabilities: { SYS_ADMIN: true } });
    for (const { id, verdict, remedy } of diagnosis.findings)
      expect([id, verdict === 'missing', remedy !== '' && verdict === 'ok']).toEqual([id, false, false]);
  });

  it('has words for people: a verdict a line, and what it comes to at the end', async () => {
    const { code, stdout, stderr } = await sluice(['doctor', '--source', source]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {7}passthrough +mainline: requested, negotiated, proven$/m);
    expect(stdout).toMatch(/^ok {9}append +appended 100/m);
    expect(stdout).toMatch(/\nserving {6}possible\npassthrough {2}mainline, proven\n$/);
  });

  it('needs no source', async () => {
    const { code, probe } = await doctor([]);
    expect(code).toBe(0);
    expect(probe.source.path).toBeNull();
    expect(probe.trial.checks.length).toBeGreaterThan(7);
  });

  it('is content with tmpfs', async (context) => {
    const tmpfs = await mounts.on(context, base, 'tmpfs', (directory) => `mount -t tmpfs tmpfs ${directory}`);
    const diagnosis = await doctor(['--source', tmpfs]);
    expect(diagnosis).toMatchObject({ code: 0, probe: { trial: { proven: true } } });
    expect(diagnosis.probe.source.fileSystem).toEqual({ type: 'tmpfs', magic: '0x1021994', readOnly: false });
  });

  it('names the layers of overlayfs, and ELOOP', async (context) => {
    for (const each of ['lower', 'upper', 'work']) mkdirSync(join(base, each));
    const options = `lowerdir=${base}/lower,upperdir=${base}/upper,workdir=${base}/work`;
    const overlay = await mounts.on(
      context,
      base,
      'overlay',
      (at) => `mount -t overlay -o ${options} overlay ${at}`,
    );
    const diagnosis = await doctor(['--source', overlay]);
    expectStacked(diagnosis, /^overlay$/);
    expect(diagnosis.probe.source.stack).toMatchObject({ depth: 1 });
    expect(diagnosis.code).toBe(0);
    expect((await sluice(['doctor', '--source', overlay, '--proven'])).code).toBe(1);
  });

  it('names FUSE beneath a source, and ELOOP', async () => {
    const below = await startDaemon({ policy: 'all', base });
    try {
      const diagnosis = await doctor(['--source', below.mount]);
      expectStacked(diagnosis, /^fuse\.sluice$/);
      expect(diagnosis.probe.source.stack.depth).toBeNull();
      const counted = diagnosis.probe.fuse.mounts.find(({ type }) => type === 'fuse.sluice')?.count;
      expect(counted).toBeGreaterThanOrEqual(1);
    } finally {
      await below.stop();
    }
  });

  it('falls back to a file in memory where the source is read-only, and says so', async (context) => {
    const readOnly = await mounts.on(
      context,
      base,
      'ro',
      (directory) => `mount -t tmpfs -o ro tmpfs ${directory}`,
    );
    const diagnosis = await doctor(['--source', readOnly]);
    expect(diagnosis.probe.trial.lowerFile).toBe('memory');
    expect(found(diagnosis, 'nameless-files')?.seen).toContain('EROFS');
    expect(found(diagnosis, 'file-system')?.verdict).toBe('limited');
  });

  it('says in a sentence that there is no such source', async () => {
    const missing = join(base, 'nowhere');
    const { code, stdout, stderr } = await sluice(['doctor', '--source', missing]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`sluice: the source ${missing} cannot be opened (ENOENT): name a directory\n`);
  });
});

describe('the doctor with fewer privileges', () => {
  it('says that CAP_SYS_ADMIN is missing, what follows, and what to do', async (context) => {
    const diagnosis = await doctor(['--source', source], await withoutSysAdmin(context));
    expect(diagnosis).toMatchObject({ code: 1, serves: false });
    expect(diagnosis.probe.trial).toMatchObject({ proven: false, reason: 'mount-refused' });
    expect(found(diagnosis, 'capability-SYS_ADMIN')).toMatchObject({
      verdict: 'missing',
      seen: 'not effective',
    });
    expect(found(diagnosis, 'mount')).toMatchObject({ verdict: 'missing' });
    expect(found(diagnosis, 'mount')?.seen).toMatch(/EPERM.*fusermount3 is (not )?installed/);
    expect(found(diagnosis, 'mount')?.remedy).toContain('CAP_SYS_ADMIN');
  });

  it('says that a user is not root, and does not crash', async (context) => {
    if ((await sh('command -v setpriv')).code !== 0) context.skip('setpriv (Debian: util-linux)');
    for (const each of [base, source, scratch]) chownSync(each, NOBODY, NOBODY);
    const user = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
    if ((await run(user[0] ?? '', [...user.slice(1), process.execPath, SLUICE, '--version'])).code !== 0)
      context.skip('a user who may run the built programs');
    const diagnosis = await doctor(['--source', source], user);
    const { fusermount3 } = diagnosis.probe.fuse;
    expect(diagnosis).toMatchObject({ code: fusermount3 ? 0 : 1, serves: fusermount3 });
    const verdict = fusermount3 ? 'limited' : 'missing';
    expect(found(diagnosis, 'root')).toMatchObject({ verdict });
    expect(found(diagnosis, 'mount')).toMatchObject({ verdict });
    expect(diagnosis.probe.privileges.capabilities.SYS_ADMIN).toBe(false);
    expect(found(diagnosis, 'file-handles')?.seen).toContain('open_by_handle_at: EPERM');
  });
});

describe('the doctor of a volume', () => {
  it('tries its source again, and compares with what its daemon found', async () => {
    const daemon = await startDaemon({ policy: 'all', base });
    try {
      const words = ['--socket', daemon.socket, '--volume', 'live'];
      const diagnosis = await doctor(words);
      expect(diagnosis).toMatchObject({
        code: 0,
        probe: { trial: { proven: true }, source: { path: null } },
      });
      expect(found(diagnosis, 'volume')).toMatchObject({
        verdict: 'ok',
        seen: 'serving; at its start mainline, proven, now mainline, proven',
      });
      expect((await sh(`echo still > ${daemon.mount}/a && cat ${daemon.mount}/a`)).stdout).toBe('still\n');
      const { code, stderr } = await sluice(['doctor', '--socket', daemon.socket, '--volume', 'other']);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'sluice: there is no volume other; there are live\n',
      });
    } finally {
      await daemon.stop();
    }
  });
});

describe('the report of sluice probe', () => {
  // The one format there is, a time, has a pattern beside it.
  const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(
    JSON.parse(readFileSync(SCHEMA, 'utf8')) as object,
  );

  async function probe(words: string[], before: string[] = []): Promise<ProbeReport> {
    const { code, stdout, stderr } = await sluice(['probe', '--json', ...words], before);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as ProbeReport;
  }

  it('fits its schema, whatever the device can do', async (context) => {
    const tmpfs = await mounts.on(
      context,
      base,
      'tmpfs',
      (directory) => `mount -t tmpfs -o ro tmpfs ${directory}`,
    );
    const less = await withoutSysAdmin(context);
    for (const report of [
      await probe([]),
      await probe(['--source', source]),
      await probe(['--source', tmpfs]),
      await probe(['--source', source], less),
    ]) {
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      expect(validate({ ...report, more: 1 })).toBe(false);
    }
  });

  it('names neither host nor place, but for the source that was given', async () => {
    const given = await probe(['--source', source]);
    expect(given.source.path).toBe(source);
    for (const report of [{ ...given, source: { ...given.source, path: null } }, await probe([])]) {
      const text = JSON.stringify(report);
      expect(text).not.toContain(base);
      expect(text).not.toContain(hostname());
    }
  });
});
