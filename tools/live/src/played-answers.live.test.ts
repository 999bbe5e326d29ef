import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ERRNO } from '@sluice/sys';
import { ANDROID_INIT_FLAGS, INIT_FLAGS, INIT_FLAGS2 } from '@sluice/wire';
import { run } from './index.ts';
import { startPlayedVolume } from './played-volume.ts';
import type { PlayedVolume } from './played-volume.ts';

const PROGRAM = fileURLToPath(new URL('./everyday-calls.py', import.meta.url));

/** What apps do every day works on the volume's mount. */
async function expectWorking({ mount, source }: PlayedVolume): Promise<void> {
  const result = await run('python3', [PROGRAM, mount], { timeoutMs: 60_000 });
  expect(result).toMatchObject({ code: 0, stderr: '', stdout: 'ok\n' });
  expect(readdirSync(source)).toEqual([]);
}

let volume: PlayedVolume | undefined;
afterEach(async () => {
  await volume?.stop();
  volume = undefined;
});

/** All bits that a volume takes where they are offered. */
const TAKEN = [
  'ASYNC_READ',
  'POSIX_LOCKS',
  'ATOMIC_O_TRUNC',
  'EXPORT_SUPPORT',
  'BIG_WRITES',
  'DONT_MASK',
  'FLOCK_LOCKS',
  'AUTO_INVAL_DATA',
  'DO_READDIRPLUS',
  'READDIRPLUS_AUTO',
  'ASYNC_DIO',
  'PARALLEL_DIROPS',
  'POSIX_ACL',
  'MAX_PAGES',
  'CACHE_SYMLINKS',
  'HANDLE_KILLPRIV_V2',
  'SETXATTR_EXT',
  'INIT_EXT',
] as const;
const TAKEN2 = ['DIRECT_IO_ALLOW_MMAP', 'HAS_EXPIRE_ONLY', 'PASSTHROUGH'] as const;

describe('a kernel that lacks one INIT flag of those we take', () => {
  it('is no such kernel here: all are offered, taken, and in the list below', async () => {
    volume = await startPlayedVolume({}, 'all');
    const { flags, flags2 } = volume.settled();
    const listed = TAKEN.reduce((bits, name) => (bits | INIT_FLAGS[name]) >>> 0, 0);
    // ACLs are left out where the lower file system keeps none.
    expect((flags | INIT_FLAGS.POSIX_ACL) >>> 0).toBe(listed);
    expect(flags2).toBe(TAKEN2.reduce((bits, name) => (bits | INIT_FLAGS2[name]) >>> 0, 0));
    expect(volume.proof).toMatchObject({ proven: true, dialect: 'mainline', limits: [] });
    await expectWorking(volume);
  });

  it.each(TAKEN)('%s: apps find their files working', async (name) => {
    volume = await startPlayedVolume({ withoutFlags: INIT_FLAGS[name] }, 'all');
    expect(volume.settled().flags & INIT_FLAGS[name]).toBe(0);
    // Without INIT_EXT there is no second word, and with it no passthrough.
    expect(volume.proof.proven).toBe(name !== 'INIT_EXT');
    await expectWorking(volume);
    expect(volume.statistics()).toMatchObject({ faults: 0 });
  });

  it.each(TAKEN2)('%s: apps find their files working', async (name) => {
    volume = await startPlayedVolume({ withoutFlags2: INIT_FLAGS2[name] }, 'all');
    expect(volume.settled().flags2 & INIT_FLAGS2[name]).toBe(0);
    expect(volume.proof.requested).toBe(name !== 'PASSTHROUGH');
    await expectWorking(volume);
    const { openReasons, faults } = volume.statistics();
    expect(faults).toBe(0);
    expect(openReasons['passthrough-unavailable'] ?? 0).toBeGreaterThan(name === 'PASSTHROUGH' ? 100 : -1);
  });

  it('all of them at once, as an old kernel would', async () => {
    volume = await startPlayedVolume({ withoutFlags: 0xffff_ffff, minor: 26 }, 'all');
    expect(volume.settled()).toEqual({ minor: 26, flags: 0, flags2: 0 });
    await expectWorking(volume);
  });

  it.each([
    ['bit 31 at protocol 7.32, as Android’s', { withFlags: ANDROID_INIT_FLAGS.PASSTHROUGH, minor: 32 }],
    [
      'bit 27 at protocol 7.27, as the earliest',
      { withFlags: ANDROID_INIT_FLAGS.PASSTHROUGH_UNIQUE, minor: 27 },
    ],
    ['bit 63 at protocol 7.37, as Android’s 6.1', { withFlags2: 0x8000_0000, minor: 37 }],
  ])(
    'or says what is not true: %s. The trial finds it out, and the volume is served without',
    async (_, played) => {
      volume = await startPlayedVolume({ ...played, withoutFlags2: INIT_FLAGS2.PASSTHROUGH }, 'all');
      expect(volume.proof).toMatchObject({ requested: true, proven: false });
      expect(volume.proof.evidence.join('\n')).toMatch(/EPERM|ENOTTY/);
      await expectWorking(volume);
      expect(volume.statistics().opens.passthrough).toBe(0);
    },
  );
});

const REFUSALS = [
  ['EPERM', 'registration-refused-permission'],
  ['EINVAL', 'registration-refused-invalid'],
  ['EBADF', 'registration-refused-bad-file'],
  ['EOPNOTSUPP', 'registration-refused-unsupported'],
  ['ELOOP', 'registration-refused-stacked'],
  ['EISDIR', 'registration-refused-directory'],
  ['ENOMEM', 'registration-refused-resources'],
  ['EIO', 'registration-failed'],
] as const;

describe('a kernel that refuses to register lower files', () => {
  let steady: PlayedVolume;
  beforeAll(async () => {
    steady = await startPlayedVolume({}, 'all');
  });
  afterAll(async () => {
    await steady.stop();
  });

  it.each(REFUSALS)(
    'with %s, while the volume is served: apps find their files working, and %s says why',
    async (errno, reason) => {
      const before = steady.statistics();
      steady.play({ registerErrno: ERRNO[errno] });
      await expectWorking(steady);
      steady.play({});
      const after = steady.statistics();
      const opened = (after.openReasons[reason] ?? 0) - (before.openReasons[reason] ?? 0);
      expect(opened).toBeGreaterThan(300);
      expect(after.registrations.failed - before.registrations.failed).toBe(opened);
      expect(after.opens.passthrough).toBe(before.opens.passthrough);
      expect(after.opens.failed).toBe(before.opens.failed);
      expect(after.faults).toBe(0);
    },
  );

  it('and does so no more: files pass through again', async () => {
    const before = steady.statistics().opens.passthrough;
    await expectWorking(steady);
    expect(steady.statistics().opens.passthrough).toBeGreaterThan(before + 300);
  });

  it.each(['EPERM', 'ELOOP', 'EOPNOTSUPP', 'ENOTTY'] as const)(
    'with %s from the start is found out by the trial, which names it',
    async (errno) => {
      volume = await startPlayedVolume({ registerErrno: ERRNO[errno] }, 'all');
      expect(volume.proof).toMatchObject({ requested: true, negotiated: false, proven: false });
      expect(volume.proof.evidence.join('\n')).toContain(errno);
      await expectWorking(volume);
      expect(volume.statistics().openReasons['passthrough-unavailable']).toBeGreaterThan(300);
    },
  );
});
