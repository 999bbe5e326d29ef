import { afterEach, describe, expect, it } from 'vitest';
import { python } from './both-trees.ts';
import { startDaemon } from './daemon.ts';
import type { RunningDaemon } from './daemon.ts';

describe('an idmapped mount of a volume', () => {
  let daemon: RunningDaemon;
  afterEach(async () => {
    await daemon.stop();
  });

  it.each(['all', 'none'])(
    'shows ids mapped, and creates with the ids mapped back, policy %s',
    async (policy) => {
      daemon = await startDaemon({ policy, args: ['--idmap'] });
      const { stdout, stderr, code } = await python('idmapped-mount.py', [daemon.mount, daemon.source]);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      expect(stdout.trim().split('\n')).toEqual([
        'shown 10000 10000',
        'made 0',
        'made 1000 1000 11000 11000',
        'directory 1000 1000 11000 11000',
        'read by 11000',
        "attributes ['trusted.name']",
      ]);
    },
  );

  it('is refused unless the volume was told so, because callers would lose their ids', async () => {
    daemon = await startDaemon({ policy: 'all' });
    const { stdout } = await python('idmapped-mount.py', [daemon.mount, daemon.source]);
    expect(stdout).toBe('refused 22\n');
  });
});
