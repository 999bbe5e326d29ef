import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

const POLICY = `version: 1
default: cached
defaults: { entry-timeout: 1h, attribute-timeout: 1h }
rules:
  - id: asked-again
    match: { path: 'asked/**' }
    action: cached
    options: { entry-timeout: 0, attribute-timeout: 0 }
  - id: forgotten
    match: { path: 'forgotten/**' }
    action: cached
    options: { keep-cache: false }
  - id: ahead
    match: { path: 'ahead/**' }
    action: cached
    options: { read-ahead: 512KiB }
  - id: programs
    match: { access: mmap, type: file }
    action: passthrough
  - id: by-user
    match: { path: 'users/**', caller: { user: 10 } }
    action: direct
  - id: by-group
    match: { path: 'users/**', caller: { gid: 1015 } }
    action: passthrough
`;

describe('a policy’s options and conditions', () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  let policy: PolicyFile;
  beforeAll(async () => {
    policy = writePolicy(POLICY);
    // On a disk, so that what is in memory can be dropped.
    daemon = await startDaemon({ policy: policy.path, timeoutSeconds: 0, base: '/var/tmp' });
    observer = observe(daemon);
    chmodSync(daemon.directory, 0o755);
    for (const name of ['asked', 'kept', 'forgotten', 'ahead', 'users']) {
      mkdirSync(join(daemon.source, name));
      writeFileSync(join(daemon.source, name, 'file'), Buffer.alloc(2 << 20, name));
    }
    writeFileSync(join(daemon.source, 'program'), '#!/bin/sh\necho run\n', { mode: 0o755 });
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    policy.remove();
  });

  const on = (script: string): ReturnType<typeof sh> => sh(script, { cwd: daemon.mount });
  async function requestsDuring(script: string): Promise<Record<string, number>> {
    const before = (await observer.counters()).requests;
    await on(script);
    const after = (await observer.counters()).requests;
    return Object.fromEntries(
      Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
    );
  }

  it('give names and attributes a time of validity of their own', async () => {
    await on('stat kept/file asked/file');
    const kept = await requestsDuring('for i in 1 2 3 4 5; do stat -c %s kept/file; done');
    expect(kept['LOOKUP']).toBe(0);
    // The root's, which no LOOKUP has brought.
    expect(kept['GETATTR']).toBeLessThanOrEqual(1);
    const asked = await requestsDuring('for i in 1 2 3 4 5; do stat -c %s asked/file; done');
    expect(asked['LOOKUP']).toBeGreaterThanOrEqual(5);
  });

  it('keep the pages of a file from one open to the next, or not', async () => {
    // The first open drops what was there, the second may keep it.
    await on('cat kept/file forgotten/file > /dev/null; cat kept/file forgotten/file > /dev/null');
    expect((await requestsDuring('cat kept/file > /dev/null'))['READ']).toBe(0);
    expect((await requestsDuring('cat forgotten/file > /dev/null'))['READ']).toBeGreaterThan(0);
  });

  it('read ahead of what is asked for', async () => {
    const cached = async (name: string): Promise<number> => {
      const { stdout } = await sh(`fincore --bytes --noheadings --output RES lower/${name}/file`, {
        cwd: daemon.directory,
      });
      return Number(stdout);
    };
    await sh(
      'sync; for f in ahead forgotten; do dd if=/dev/null of=$f/file oflag=nocache conv=notrunc,fdatasync; done',
      {
        cwd: daemon.source,
      },
    );
    const dropped = await sh('for f in ahead forgotten; do dd if=$f/file iflag=nocache count=0; done', {
      cwd: daemon.source,
    });
    expect(dropped.code).toBe(0);
    expect(await cached('ahead')).toBe(0);
    await on('exec 3< ahead/file 4< forgotten/file; sleep 0.3');
    expect(await cached('ahead')).toBeGreaterThanOrEqual(512 << 10);
    expect(await cached('forgotten')).toBe(0);
  });

  it('know the opens that execute a file from those that read it', async () => {
    expect(await observer.opensDuring(() => on('cat program > /dev/null'))).toEqual({
      opens: { cached: 1 },
      reasons: { default: 1 },
    });
    // The interpreter's own open, to read the script, is one more.
    const { opens } = await observer.opensDuring(async () => {
      expect((await on('./program')).stdout).toBe('run\n');
    });
    expect(opens['passthrough']).toBeGreaterThanOrEqual(1);
  });

  it('know the caller’s user and group', async () => {
    const as = (uid: number, gid: number): Promise<unknown> =>
      on(`setpriv --reuid ${uid} --regid ${gid} --clear-groups cat users/file > /dev/null`);
    expect((await observer.opensDuring(() => as(1_010_077, 1_010_077))).opens).toEqual({ direct: 1 });
    expect((await observer.opensDuring(() => as(10_077, 10_077))).opens).toEqual({ cached: 1 });
    expect((await observer.opensDuring(() => as(10_077, 1015))).opens).toEqual({ passthrough: 1 });
  });
});
