import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const MIB_256 = 256;

describe.each(['/var/tmp', '/dev/shm'])('a passthrough rule, lower tree beneath %s', (base) => {
  let daemon: RunningDaemon;
  beforeAll(async () => {
    daemon = await startDaemon({ base, policy: 'all' });
  });
  afterAll(async () => {
    await daemon.stop();
  });

  it('is proven by a trial mount', async () => {
    const status = await daemon.json('status');
    expect(status.volumes[0].passthrough).toMatchObject({
      requested: true,
      negotiated: true,
      proven: true,
      dialect: 'mainline',
    });
  });

  it('carries a 256 MiB file written, read, mapped and appended, with no READ or WRITE request', async () => {
    const { mount, source } = daemon;
    const script = `set -e
      head -c ${MIB_256}M /dev/urandom > big
      cmp big ${source}/big
      printf tail >> big
      cmp big ${source}/big
      python3 -c 'import mmap
f = open("big", "r+b")
m = mmap.mmap(f.fileno(), 0)
assert m[-4:] == b"tail", m[-4:]
m[0:6] = b"mapped"
m.flush()'
      cmp big ${source}/big
      head -c 6 ${source}/big`;
    const result = await sh(script, { cwd: mount });
    expect(result).toMatchObject({ code: 0, stdout: 'mapped' });
    const requests = await daemon.requests();
    expect(requests['READ'] ?? 0).toBe(0);
    expect(requests['WRITE'] ?? 0).toBe(0);
    expect(requests['OPEN']).toBeGreaterThan(0);
  });
});
