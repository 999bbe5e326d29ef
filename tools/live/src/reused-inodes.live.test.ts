import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run, startDaemon } from './index.ts';

const PROGRAM = fileURLToPath(new URL('./reused-inodes.py', import.meta.url));
const ROUNDS = 250;

describe.each([
  { base: '/var/tmp', policy: 'none', reuses: true },
  { base: '/var/tmp', policy: 'all', reuses: true },
  // tmpfs counts its inode numbers up.
  { base: '/dev/shm', policy: 'none', reuses: false },
  { base: '/dev/shm', policy: 'all', reuses: false },
])('files removed and made again beneath $base under policy $policy', ({ base, policy, reuses }) => {
  it('never show the data of the file that had the inode number before', async () => {
    const daemon = await startDaemon({ base, policy, timeoutSeconds: 0 });
    try {
      const result = await run('python3', [PROGRAM, daemon.source, daemon.mount, String(ROUNDS)]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      // Proof that it happened; how often depends on what else makes files there.
      if (reuses) expect(Number(result.stdout)).toBeGreaterThan(0);
    } finally {
      await daemon.stop();
    }
  });
});
