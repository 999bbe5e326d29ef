import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const MIB = 1024 * 1024;
const FILE_BYTES = 256 * MIB;

/** Changes bytes at the beginning, across a page border and at the end, by a mapping; reads them by another one. */
const MAP = `import mmap, os, sys
path = sys.argv[1]
size = os.path.getsize(path)
places = {0: b"first", 4094: b"border", size - 4: b"last"}
with open(path, "r+b") as f:
    m = mmap.mmap(f.fileno(), 0)
    for at, text in places.items():
        m[at:at + len(text)] = text
    m.flush()
    m.close()
with open(path, "rb") as f:
    m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    for at, text in places.items():
        assert m[at:at + len(text)] == text, (at, m[at:at + len(text)])
    private = mmap.mmap(f.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    private[8192:8199] = b"private"
`;

describe.each([
  { action: 'cached', base: '/var/tmp' },
  { action: 'direct', base: '/var/tmp' },
  { action: 'cached', base: '/dev/shm' },
  { action: 'direct', base: '/dev/shm' },
])('a policy of $action, lower tree beneath $base', ({ action, base }) => {
  let scratch: string;
  let daemon: RunningDaemon;
  let observer: Observer;
  beforeAll(async () => {
    scratch = mkdtempSync(join(base, 'sluice-modes-'));
    const policy = join(scratch, 'policy.yaml');
    writeFileSync(policy, `version: 1\ndefault: ${action}\nrules: []\n`);
    daemon = await startDaemon({ base, policy });
    observer = observe(daemon);
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  it('writes a 256 MiB file by WRITE requests, byte for byte', async () => {
    const before = await observer.counters();
    const script = `set -e
      head -c ${FILE_BYTES} /dev/urandom | tee ${scratch}/expected > big
      printf tail | tee -a ${scratch}/expected >> big
      cmp ${scratch}/expected ${daemon.source}/big`;
    expect(await sh(script, { cwd: daemon.mount })).toMatchObject({ code: 0, stderr: '' });
    const after = await observer.counters();
    expect(after.bytesWritten - before.bytesWritten).toBe(FILE_BYTES + 4);
    expect(after.requests['WRITE']).toBeGreaterThanOrEqual(FILE_BYTES / MIB);
    expect(after.opens[action]).toBeGreaterThan(before.opens[action] ?? 0);
    expect(after.opens['passthrough']).toBe(0);
  });

  it('reads it by READ requests, again only where nothing is kept', async () => {
    // Under another name, so that nothing of it is in the page cache of the mount.
    copyFileSync(join(daemon.source, 'big'), join(daemon.source, 'again'));
    const bytesToRead = async (): Promise<number> => {
      const before = await observer.counters();
      const result = await sh(`cmp again ${scratch}/expected`, { cwd: daemon.mount });
      expect(result).toMatchObject({ code: 0, stdout: '' });
      return (await observer.counters()).bytesRead - before.bytesRead;
    };
    expect(await bytesToRead()).toBeGreaterThanOrEqual(FILE_BYTES + 4);
    expect((await observer.counters()).requests['READ']).toBeGreaterThanOrEqual(FILE_BYTES / MIB);
    if (action === 'direct') expect(await bytesToRead()).toBeGreaterThanOrEqual(FILE_BYTES + 4);
    // Some of it may have been dropped for want of memory.
    else expect(await bytesToRead()).toBeLessThan(FILE_BYTES / 2);
  });

  it('maps it: what a shared mapping writes reaches the lower file, what a private one writes does not', async () => {
    writeFileSync(join(scratch, 'map.py'), MAP);
    const before = await observer.counters();
    const script = `set -e
      python3 ${scratch}/map.py ${scratch}/expected
      python3 ${scratch}/map.py big
      cmp ${scratch}/expected ${daemon.source}/big
      cmp ${scratch}/expected big`;
    expect(await sh(script, { cwd: daemon.mount })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const after = await observer.counters();
    // The pages that were written and no more than their neighbours.
    expect(after.bytesWritten - before.bytesWritten).toBeGreaterThan(0);
    expect(after.bytesWritten - before.bytesWritten).toBeLessThan(16 * 4096);
    expect(after.reasons['inode-passthrough']).toBeUndefined();
  });
});
