import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { observe } from './counters.ts';
import { run, sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { ScratchMounts } from './scratch-mounts.ts';

const PROGRAM = fileURLToPath(new URL('./everyday-calls.py', import.meta.url));
const CHECKS = ['write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'];

let base: string;
let daemon: RunningDaemon | undefined;
const mounts = new ScratchMounts();

beforeAll(() => {
  base = mkdtempSync('/var/tmp/sluice-lower-');
});
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
  await mounts.leave();
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

async function onImage(context: TestContext, type: 'ext4' | 'xfs'): Promise<string> {
  if (!existsSync('/dev/loop-control')) context.skip('loop devices');
  if ((await sh(`command -v mkfs.${type}`)).code !== 0) context.skip(`mkfs.${type}`);
  const image = join(base, `${type}.image`);
  const make = `truncate -s 400M ${image} && mkfs.${type} -q ${image}`;
  return mounts.on(context, base, type, (directory) => `${make} && mount -o loop ${image} ${directory}`);
}

function overlay(context: TestContext, name: string): Promise<string> {
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((part) => join(base, `${name}-${part}`));
  for (const each of [lower, upper, work]) mkdirSync(each ?? '', { recursive: true });
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  return mounts.on(context, base, name, (directory) => `mount -t overlay -o ${options} overlay ${directory}`);
}

interface Passthrough {
  proven: boolean;
  dialect: string;
  evidence: string[];
}

async function serve(source: string): Promise<Passthrough> {
  daemon = await startDaemon({ source, policy: 'all' });
  const status = await daemon.json('status');
  return status.volumes[0].passthrough as Passthrough;
}

async function expectWorking(mount: string): Promise<void> {
  const directory = join(mount, 'everyday');
  const made = await sh(`mkdir ${directory}`);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const result = await run('python3', [PROGRAM, directory], { timeoutMs: 60_000 });
  expect(result).toMatchObject({ code: 0, stderr: '', stdout: 'ok\n' });
}

describe('a volume whose source is on', () => {
  it.for([
    ['ext4', (context: TestContext) => onImage(context, 'ext4')],
    ['xfs', (context: TestContext) => onImage(context, 'xfs')],
    [
      'tmpfs',
      (context: TestContext) =>
        mounts.on(context, base, 'tmpfs', (directory) => `mount -t tmpfs tmpfs ${directory}`),
    ],
  ] as const)(
    '%s passes files through, proven in every way that apps use them',
    async ([, source], context) => {
      const { proven, dialect, evidence } = await serve(await source(context));
      expect({ proven, dialect }).toEqual({ proven: true, dialect: 'mainline' });
      for (const check of CHECKS) expect(evidence.join('\n')).toContain(`trial ${check}: ok`);
      expect(evidence).toContain('trial: 0 READ and WRITE requests reached the daemon');
      await expectWorking(daemon?.mount ?? '');
      const requests = (await daemon?.requests()) ?? {};
      expect([requests['READ'] ?? 0, requests['WRITE'] ?? 0]).toEqual([0, 0]);
    },
  );

  it('overlayfs is served by the daemon, and the trial says why: ELOOP', async (context) => {
    const { proven, evidence } = await serve(await overlay(context, 'overlay'));
    expect(proven).toBe(false);
    expect(evidence.join('\n')).toContain('ELOOP');
    await expectWorking(daemon?.mount ?? '');
    expect(daemon?.output()).toContain('ELOOP');
  });

  it('a FUSE mount with passthrough of its own is served by the daemon, and the trial says why: ELOOP', async () => {
    const below = await startDaemon({ policy: 'all' });
    try {
      const { proven, evidence } = await serve(below.mount);
      expect(proven).toBe(false);
      expect(evidence.join('\n')).toContain('ELOOP');
      await expectWorking(daemon?.mount ?? '');
    } finally {
      await daemon?.stop();
      daemon = undefined;
      await below.stop();
    }
  });

  it('ext4 with overlayfs mounted beneath passes through what it can, and names the reason for the rest', async (context) => {
    const source = join(base, 'mixed');
    mkdirSync(source);
    await overlay(context, 'mixed/stacked');
    const { proven } = await serve(source);
    expect(proven).toBe(true);
    const mount = daemon?.mount ?? '';
    const observer = observe(daemon as RunningDaemon);
    const before = await observer.counters();
    expect(await sh(`echo flat > ${mount}/flat && cat ${mount}/flat`)).toMatchObject({ stdout: 'flat\n' });
    await expectWorking(join(mount, 'stacked'));
    const after = await observer.counters();
    observer.close();
    expect(after.opens['passthrough']).toBeGreaterThan(before.opens['passthrough'] ?? 0);
    expect(after.reasons['registration-refused-stacked']).toBeGreaterThan(300);
    expect(after.opens['failed']).toBe(0);
  });
});

describe('root without CAP_SYS_ADMIN', () => {
  it('is told in one sentence what is missing', async (context) => {
    const less = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
    if ((await run('setpriv', [...less, 'true'])).code !== 0) context.skip('setpriv (Debian: util-linux)');
    const [source, mount] = ['unable', 'unable-mount'].map((name) => join(base, name)) as [string, string];
    for (const each of [source, mount]) mkdirSync(each);
    const sluiced = fileURLToPath(new URL('../../../apps/sluiced/dist/sluiced.cjs', import.meta.url));
    const words = [sluiced, '--source', source, '--mount', mount, '--state', join(base, 'unable-state')];
    const result = await run('setpriv', [...less, process.execPath, ...words], { timeoutMs: 30_000 });
    expect(result.code).toBe(1);
    expect(result.stdout + result.stderr).toMatch(/Cannot mount on .*CAP_SYS_ADMIN/);
    expect((await sh(`grep -c ${mount} /proc/self/mountinfo`)).stdout.trim()).toBe('0');
  });
});
