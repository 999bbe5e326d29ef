import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const POLICY = `version: 1
default: cached
rules:
  - { id: gallery, match: { caller: { package: com.example.gallery } }, action: passthrough }
`;

describe('a policy that names packages', () => {
  let scratch: string;
  let packages: string;
  let daemon: RunningDaemon;
  let observer: Observer;
  const install = (text: string): void => {
    // As the package manager does it.
    writeFileSync(`${packages}.tmp`, text);
    renameSync(`${packages}.tmp`, packages);
  };
  const actionFor = async (uid: number): Promise<string> =>
    ((await daemon.json('explain', 'a', '--uid', String(uid))) as { action: string }).action;

  beforeAll(async () => {
    scratch = mkdtempSync('/var/tmp/sluice-packages-');
    mkdirSync(join(scratch, 'system'));
    packages = join(scratch, 'system/packages.list');
    install('com.example.other 10001 0 /data/user/0/com.example.other default 0\n');
    writeFileSync(join(scratch, 'p.yaml'), POLICY);
    daemon = await startDaemon({ policy: join(scratch, 'p.yaml'), args: ['--packages', packages] });
    observer = observe(daemon);
    writeFileSync(join(daemon.source, 'a'), 'x');
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  it('warns of one that is not installed, whose rule matches nobody', async () => {
    const { warnings } = (await daemon.json('policy', 'get')) as { warnings: { message: string }[] };
    expect(warnings.map(({ message }) => message).join('\n')).toContain('com.example.gallery');
    expect(await actionFor(10_057)).toBe('cached');
  });

  it('is compiled again when the list changes, as the same version, for every user', async () => {
    const events = observer.client.watchPolicy('live', undefined, new AbortController().signal);
    const first = events[Symbol.asyncIterator]().next();
    // The watcher is in place when the daemon has answered something after it.
    await observer.client.status();
    install('com.example.other 10001 0\ncom.example.gallery 10057 0\n');
    expect((await first).value).toMatchObject({ kind: 'recompiled', version: 1, by: { pid: 0 } });
    expect(await actionFor(10_057)).toBe('passthrough');
    expect(await actionFor(1_010_057)).toBe('passthrough');
    expect(await actionFor(10_058)).toBe('cached');
    expect(await daemon.json('policy', 'get')).toMatchObject({ version: 1, warnings: [] });
    const byName = await daemon.json('explain', 'a', '--package', 'com.example.gallery', '--uid', '1000000');
    expect(byName).toMatchObject({ action: 'passthrough', rule: 'gallery', uid: 1_010_057 });
  });

  it('stays as it is when the list is unreadable for a while', async () => {
    renameSync(packages, `${packages}.away`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await actionFor(10_057)).toBe('passthrough');
    install('com.example.gallery 10060 0\n');
    await expect.poll(() => actionFor(10_060), { timeout: 10_000 }).toBe('passthrough');
    expect(await actionFor(10_057)).toBe('cached');
  });
});
