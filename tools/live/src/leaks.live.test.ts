import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { run, sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const BUSY = fileURLToPath(new URL('./busy-tree.py', import.meta.url));
const DIRECTORIES = 8;
const SUBDIRECTORIES = 40;
const FILES = 6;
/** DEFAULT_STORAGE_GEOMETRY.directoryFds of libs/storage. */
const DIRECTORY_CACHE = 256;
/** IDLE_REGISTRATIONS of libs/storage. */
const IDLE_REGISTRATIONS = 32_768;
const MANY = 40_000;

function makeTree(top: string): void {
  for (let directory = 0; directory < DIRECTORIES; directory++) {
    for (let below = 0; below < SUBDIRECTORIES; below++) {
      const path = join(top, String(directory), String(below));
      mkdirSync(path, { recursive: true });
      for (let file = 0; file < FILES; file++) writeFileSync(join(path, `file-${file}`), `${path}/${file}\n`);
    }
  }
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

describe.each([
  { base: '/var/tmp', policy: 'all' },
  { base: '/dev/shm', policy: 'all' },
  { base: '/var/tmp', policy: 'none' },
])('a volume beneath $base under policy $policy', ({ base, policy }) => {
  let daemon: RunningDaemon;
  let observer: Observer;
  let descriptorsAtFirst: number;
  beforeAll(async () => {
    daemon = await startDaemon({ base, policy });
    observer = observe(daemon);
    makeTree(join(daemon.source, 'tree'));
    descriptorsAtFirst = descriptors(daemon.volumeServerPid());
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
  });

  /** What is left once the kernel has forgotten all it may forget. */
  async function left(): Promise<{
    nodes: number;
    openFiles: number;
    registered: number;
    descriptors: number;
  }> {
    await sh('echo 2 > /proc/sys/vm/drop_caches');
    const { nodes, openFiles, registrations } = await observer.counters();
    return {
      nodes,
      openFiles,
      registered: registrations.live,
      descriptors: descriptors(daemon.volumeServerPid()),
    };
  }

  const nothing = (): object => ({
    nodes: 1,
    openFiles: 0,
    registered: 0,
    descriptors: descriptorsAtFirst,
  });

  it('has nothing left of a tree that was copied, walked, linked, renamed, held open and removed', async () => {
    const files = DIRECTORIES * SUBDIRECTORIES * FILES;
    const used = await run('python3', [BUSY, daemon.mount], { timeoutMs: 100_000 });
    expect(used).toMatchObject({ code: 0, stdout: `${files}\n`, stderr: '' });
    const busy = await observer.counters();
    expect(busy.nodes).toBeGreaterThan(files);
    expect(busy.opens['failed']).toBe(0);
    expect(descriptors(daemon.volumeServerPid())).toBeLessThanOrEqual(descriptorsAtFirst + DIRECTORY_CACHE);
    await expect.poll(left, { timeout: 10_000, interval: 200 }).toEqual(nothing());
    expect(await sh('find lower/tree -type f | wc -l', { cwd: daemon.directory })).toMatchObject({
      stdout: `${files}\n`,
    });
  });

  it('has nothing left of files that are removed on the lower tree while the kernel knows them', async () => {
    const script = `set -e
      cp -a ${daemon.source}/tree ${daemon.source}/doomed
      find doomed -type f -exec cat {} + > /dev/null
      rm -r ${daemon.source}/doomed`;
    expect(await sh(script, { cwd: daemon.mount })).toMatchObject({ code: 0, stderr: '' });
    await expect.poll(left, { timeout: 10_000, interval: 200 }).toEqual(nothing());
  });
});

describe(`${MANY} files opened and closed once each under policy all`, () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  beforeAll(async () => {
    daemon = await startDaemon({ policy: 'all' });
    observer = observe(daemon);
    for (let i = 0; i < MANY; i++) writeFileSync(join(daemon.source, `file-${i}`), 'x');
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
  });

  it('keep the least recently closed registrations at most, and none when the kernel has forgotten them', async () => {
    const open = `import os
for i in range(${MANY}):
    fd = os.open(f"file-{i}", os.O_RDONLY)
    os.read(fd, 1)
    os.close(fd)`;
    expect(await run('python3', ['-c', open], { cwd: daemon.mount })).toMatchObject({ code: 0, stderr: '' });
    await expect
      .poll(async () => (await observer.counters()).registrations)
      .toEqual({
        opened: MANY,
        closed: MANY - IDLE_REGISTRATIONS,
        live: IDLE_REGISTRATIONS,
        failed: 0,
        stranded: 0,
      });
    // Those that stayed serve their files again for nothing.
    const again = open.replace('range(', `range(${MANY - IDLE_REGISTRATIONS}, `);
    await run('python3', ['-c', again], { cwd: daemon.mount });
    expect((await observer.counters()).registrations.opened).toBe(MANY);
    const forgotten = async (): Promise<number> => {
      await sh('echo 2 > /proc/sys/vm/drop_caches');
      return (await observer.counters()).registrations.live;
    };
    await expect.poll(forgotten, { timeout: 10_000, interval: 200 }).toBe(0);
  });
});
