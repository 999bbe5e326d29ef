import { constants, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { holdOpen } from './held-file.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

async function millisecondsOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

describe('a second volume, added while the daemon runs', () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  let source: string;
  let mount: string;
  let add: string[];
  const file = (): string => join(mount, 'file');
  beforeAll(async () => {
    daemon = await startDaemon({ policy: 'all' });
    observer = observe(daemon);
    source = join(daemon.directory, 'second-lower');
    mount = join(daemon.directory, 'second');
    add = ['volume', 'add', 'second', '--source', source, '--mount', mount, '--policy', 'none'];
    for (const directory of [source, mount]) mkdirSync(directory);
    writeFileSync(join(daemon.source, 'first-file'), 'first');
    writeFileSync(join(source, 'file'), 'second');
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
  });

  /** Reads a file of the first volume, which all this must leave alone. */
  const firstIsServed = async (): Promise<void> => {
    expect(await sh('cat first-file', { cwd: daemon.mount })).toMatchObject({ stdout: 'first' });
  };

  it('is served under a policy of its own', async () => {
    expect(await daemon.json(...add)).toMatchObject({ name: 'second', state: 'serving', policy: 'none' });
    expect(await sh(`cat ${file()}`)).toMatchObject({ stdout: 'second' });
    await firstIsServed();
    expect((await observer.counters('second')).opens).toMatchObject({ cached: 1, passthrough: 0 });
    expect((await observer.counters('live')).opens).toMatchObject({ cached: 0, passthrough: 1 });
    const list = (await daemon.json('volume', 'list')) as { name: string }[];
    expect(list.map(({ name }) => name)).toEqual(['live', 'second']);
  });

  it('cannot be added twice', async () => {
    const again = ['volume', 'add', 'second', '--source', source, '--mount', join(daemon.directory, 'other')];
    mkdirSync(join(daemon.directory, 'other'));
    const sameName = await daemon.sluice(...again);
    expect(sameName.code).toBe(1);
    expect(sameName.stderr).toContain('a volume "second" exists already');
    const elsewhere = await daemon.sluice('volume', 'add', 'third', '--source', source, '--mount', mount);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain(`something is mounted on ${mount} already`);
  });

  it('is not removed while a file on it is open, and goes on serving', async () => {
    const held = await holdOpen(file(), constants.O_RDWR);
    try {
      const refused = await daemon.sluice('volume', 'remove', 'second');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`${mount} cannot be unmounted: files on it are open`);
      expect(refused.stderr).toContain('--force');
      await held.write('S', 0);
      expect(await sh(`cat ${file()}`)).toMatchObject({ stdout: 'Second' });
      expect(await daemon.json('volume', 'list')).toMatchObject([{}, { name: 'second', state: 'serving' }]);
    } finally {
      await held.close();
    }
  });

  it('is removed by force: ENOTCONN for who holds a file, and an empty directory is left', async () => {
    const held = await holdOpen(file(), constants.O_RDWR);
    try {
      const { pid } = await volume('second');
      const remove = (): Promise<void> => observer.client.removeVolume('second', true);
      // Not by way of the time after which a server that does not end is killed.
      expect(await millisecondsOf(remove)).toBeLessThan(2500);
      await expect(held.write('x', 0)).rejects.toThrow('ENOTCONN');
      expect(isMounted(mount)).toBe(false);
      expect(readdirSync(mount)).toEqual([]);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    } finally {
      await held.close();
    }
    expect(readFileSync(join(source, 'file'), 'utf8')).toBe('Second');
    expect(await daemon.sluice('volume', 'remove', 'second')).toMatchObject({ code: 1 });
    await firstIsServed();
  });

  it('is removed once when two ask for it at the same time', async () => {
    await daemon.json(...add);
    const descriptors = (): number => readdirSync(`/proc/${daemon.pid}/fd`).length;
    const before = descriptors();
    const { client } = observer;
    const results = await Promise.allSettled([1, 2, 3].map(() => client.removeVolume('second', false)));
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const result of results) {
      if (result.status === 'rejected') expect(String(result.reason)).toContain('second');
    }
    expect(isMounted(mount)).toBe(false);
    await firstIsServed();
    expect(await daemon.json(...add)).toMatchObject({ state: 'serving' });
    expect(descriptors()).toBe(before);
    expect(await sh(`cat ${file()}`)).toMatchObject({ stdout: 'Second' });
  });

  it('whose server is killed fails alone: nobody hangs, status says why, and it can be removed and added again', async () => {
    const { pid } = await volume('second');
    const readers = [1, 2, 3, 4].map(() =>
      sh(`while cat ${file()} > /dev/null 2>&1; do :; done; echo ended`, { timeoutMs: 20_000 }),
    );
    const held = await holdOpen(file(), constants.O_RDWR);
    try {
      await new Promise((resolve) => setTimeout(resolve, 200));
      process.kill(pid, 'SIGKILL');
      for (const reader of readers) expect(await reader).toMatchObject({ code: 0, stdout: 'ended\n' });
      await expect(held.write('x', 0)).rejects.toThrow('ENOTCONN');
    } finally {
      await held.close();
    }
    expect(await sh(`timeout 5 ls ${mount}`)).toMatchObject({ stdout: '' });
    expect(isMounted(mount)).toBe(false);
    expect(await volume('second')).toMatchObject({
      state: 'failed',
      failure: 'its process ended (SIGKILL)',
    });
    expect((await daemon.sluice('status')).stdout).toContain('its process ended (SIGKILL)');
    const refused = await daemon.sluice('policy', 'apply', 'all', '--volume', 'second');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('volume second is failed');
    await firstIsServed();
    expect(await daemon.sluice('volume', 'remove', 'second')).toMatchObject({ code: 0, stderr: '' });
    expect(await daemon.json(...add)).toMatchObject({ state: 'serving' });
    expect(await sh(`cat ${file()}`)).toMatchObject({ stdout: 'Second' });
  });

  async function volume(wanted: string): Promise<{ pid: number }> {
    const list = (await daemon.json('volume', 'list')) as { name: string; pid: number }[];
    const found = list.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`no volume ${wanted}`);
    return found;
  }
});

describe('a supervisor that is killed', () => {
  it('leaves neither a mount nor a volume server', async () => {
    const daemon = await startDaemon();
    try {
      const server = daemon.volumeServerPid();
      process.kill(daemon.pid, 'SIGKILL');
      await expect.poll(() => isMounted(daemon.mount), { timeout: 5000 }).toBe(false);
      await expect.poll(() => existsSync(`/proc/${server}`), { timeout: 5000 }).toBe(false);
    } finally {
      await daemon.stop();
    }
  });
});

describe('a volume whose storage hangs', () => {
  /** The storage: a mount whose server is stopped, so that whoever reads from it waits. */
  let storage: RunningDaemon;
  let storageServer: number;
  let daemon: RunningDaemon;
  let observer: Observer;
  beforeAll(async () => {
    storage = await startDaemon({ policy: 'none', timeoutSeconds: 0, guardSeconds: 100 });
    storageServer = storage.volumeServerPid();
    writeFileSync(join(storage.source, 'file'), 'x'.repeat(100_000));
    daemon = await startDaemon({
      source: storage.mount,
      policy: 'all',
      timeoutSeconds: 0,
      guardSeconds: 100,
    });
    observer = observe(daemon);
  });
  afterAll(async () => {
    process.kill(storageServer, 'SIGCONT');
    observer.close();
    await daemon.stop();
    await storage.stop();
  });

  it('is served without passthrough, and says why', async () => {
    expect(await sh('wc -c < file', { cwd: daemon.mount })).toMatchObject({ stdout: '100000\n' });
    const status = await observer.client.status();
    expect(status.volumes[0]?.passthrough).toMatchObject({ proven: false, dialect: 'none' });
    expect(status.volumes[0]?.passthrough.evidence.join()).not.toBe('');
    expect((await observer.counters()).reasons).toEqual({ 'passthrough-unavailable': 1 });
  });

  it('has its status, counters and policy told within a second, and can be removed by force', async () => {
    const held = await holdOpen(join(daemon.mount, 'file'), constants.O_RDONLY);
    process.kill(storageServer, 'SIGSTOP');
    const blocked = held.read();
    // It is answered in any case, at the latest when the storage goes on.
    const settled = blocked.then(
      () => 'read',
      (error: unknown) => String(error),
    );
    try {
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await Promise.race([settled, 'waiting'])).toBe('waiting');
      const { client } = observer;
      expect(await millisecondsOf(() => client.status())).toBeLessThan(1000);
      expect(await millisecondsOf(() => client.stats(''))).toBeLessThan(1000);
      expect(await millisecondsOf(() => client.getPolicy('live'))).toBeLessThan(1000);
      expect(await millisecondsOf(() => client.applyPolicy('live', 'none', 'none'))).toBeLessThan(1000);
      expect(await Promise.race([settled, 'waiting'])).toBe('waiting');

      expect((await daemon.sluice('volume', 'remove', 'live')).stderr).toContain('files on it are open');
      expect(await daemon.sluice('volume', 'remove', 'live', '--force')).toMatchObject({ code: 0 });
      expect(isMounted(daemon.mount)).toBe(false);
      expect(await settled).toMatch(/ENOTCONN|ECONNABORTED/);
      expect((await client.status()).volumes).toEqual([]);
    } finally {
      process.kill(storageServer, 'SIGCONT');
      await settled;
      await held.close();
    }
  });
});

describe('a volume server that is stopped', () => {
  it('does not keep the daemon from telling its status', async () => {
    const daemon = await startDaemon();
    const observer = observe(daemon);
    const server = daemon.volumeServerPid();
    try {
      await observer.client.status();
      process.kill(server, 'SIGSTOP');
      expect(await millisecondsOf(() => observer.client.status())).toBeLessThan(1000);
      expect(await millisecondsOf(() => observer.client.stats(''))).toBeLessThan(1000);
    } finally {
      process.kill(server, 'SIGCONT');
      observer.close();
      await daemon.stop();
    }
  });
});
