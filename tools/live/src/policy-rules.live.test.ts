import { chmodSync, constants, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { holdOpen } from './held-file.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const POLICY = `version: 1
default: passthrough
rules:
  - id: media
    match:
      path: ['DCIM/**', '**/*.{mp4,mkv}']
      size: { min: 1MiB, max: 4MiB }
      access: read
    action: cached
  - id: never
    match: { path: 'Android/**' }
    action: direct
  - id: written
    match: { path: 'Download/**', access: write }
    action: cached
  - id: either
    match: { path: 'auto/**' }
    action: auto
  - id: small
    match: { size: { max: 4KiB } }
    action: cached
`;

/** What opens a file, by access: nothing of it is truncated. */
const OPEN = { read: 'head -c 1', write: ': >>' } as const;

interface Row {
  path: string;
  bytes: number;
  access: keyof typeof OPEN;
  action: string;
  reason: string;
  rule: string;
  mode?: number;
  outcome?: string;
  outcomeReason?: string;
}

function row(
  path: string,
  bytes: number,
  access: Row['access'],
  [action, reason, rule]: [string, string, string],
  more: Partial<Row> = {},
): Row {
  return { path, bytes, access, action, reason, rule, ...more };
}

/** What `auto` comes to on a kernel with passthrough. */
function resolved(outcomeReason: string): Pick<Row, 'outcome' | 'outcomeReason'> {
  return { outcome: 'passthrough', outcomeReason };
}

const BY_DEFAULT: [string, string, string] = ['passthrough', 'default', 'default'];

const TABLE: Row[] = [
  row('DCIM/from.jpg', MIB, 'read', ['cached', 'rule', 'media']),
  row('DCIM/below.jpg', MIB - 1, 'read', BY_DEFAULT),
  row('DCIM/deep/er/last.jpg', 4 * MIB - 1, 'read', ['cached', 'rule', 'media']),
  row('DCIM/beyond.jpg', 4 * MIB, 'read', BY_DEFAULT),
  row('DCIM/written.jpg', MIB, 'write', BY_DEFAULT),
  row('film.mkv', 2 * MIB, 'read', ['cached', 'rule', 'media']),
  row('some/where/film.mp4', 2 * MIB, 'read', ['cached', 'rule', 'media']),
  row('some/where/film.mp5', 2 * MIB, 'read', BY_DEFAULT),
  row('Android/data/a', 2 * MIB, 'read', ['direct', 'rule', 'never']),
  row('Android/data/b', 10, 'write', ['direct', 'rule', 'never']),
  row('android/data/c', 2 * MIB, 'read', BY_DEFAULT),
  row('Android/film.mp4', 2 * MIB, 'read', ['cached', 'rule', 'media']),
  row('Download/written', 8 * KIB, 'write', ['cached', 'rule', 'written']),
  row('Download/read', 8 * KIB, 'read', BY_DEFAULT),
  row('Download/small', 10, 'read', ['cached', 'rule', 'small']),
  // On the kernels that tests run on, two ioctls are cheaper than a request.
  row('auto/small', 128 * KIB - 1, 'read', ['auto', 'rule', 'either'], resolved('auto-cheap')),
  row('auto/large', 128 * KIB, 'read', ['auto', 'rule', 'either'], resolved('auto-large')),
  row('auto/written', 10, 'write', ['auto', 'rule', 'either'], resolved('auto-large')),
  // Opened before, one row up: its registration is still there.
  row('auto/written', 10, 'read', ['auto', 'rule', 'either'], resolved('auto-registered')),
  row('empty', 0, 'read', ['cached', 'rule', 'small']),
  row('4k', 4 * KIB, 'read', BY_DEFAULT),
  row('4k-1', 4 * KIB - 1, 'write', ['cached', 'rule', 'small']),
  row('name with spaces, ünïcode', 10 * KIB, 'read', BY_DEFAULT),
  row('set-user-id', 10 * KIB, 'write', BY_DEFAULT, {
    mode: 0o4755,
    outcome: 'cached',
    outcomeReason: 'privileged-file',
  }),
  row('set-user-id-read', 10 * KIB, 'read', BY_DEFAULT, { mode: 0o4755 }),
];

describe('rules on a mount', () => {
  let policy: PolicyFile;
  let daemon: RunningDaemon;
  let observer: Observer;
  const opened = (access: Row['access'], path: string): ReturnType<Observer['opensDuring']> =>
    observer.opensDuring(async () => {
      const result = await sh(`${OPEN[access]} '${path}'`, { cwd: daemon.mount });
      expect(result).toMatchObject({ code: 0, stderr: '' });
    });
  const outcomeOf = async (path: string, access: Row['access'] = 'read'): Promise<string> => {
    const { opens } = await opened(access, path);
    return Object.keys(opens).join();
  };
  beforeAll(async () => {
    policy = writePolicy(POLICY);
    daemon = await startDaemon({ policy: policy.path });
    observer = observe(daemon);
    for (const { path, bytes, mode } of TABLE) make(path, bytes, mode);
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    policy.remove();
  });

  function make(path: string, bytes: number, mode?: number): void {
    const file = join(daemon.source, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    truncateSync(file, bytes);
    if (mode !== undefined) chmodSync(file, mode);
  }

  it.each(TABLE)(
    'decide $access of $path, $bytes bytes: $action by $rule ($reason), as explain says',
    async ({ path, bytes, access, action, reason, rule, outcome = action, outcomeReason = reason }) => {
      const explained = await daemon.json('explain', path, '--access', access);
      expect(explained).toMatchObject({ action, reason, rule, size: bytes, outcome, outcomeReason });
      expect(await opened(access, path)).toEqual({
        opens: { [explained.outcome]: 1 },
        reasons: { [explained.outcomeReason]: 1 },
      });
    },
  );

  it('decide about a file that is being created by its path and a size of 0', async () => {
    expect(await daemon.json('explain', 'Download/new', '--access', 'write')).toMatchObject({
      size: 0,
      outcome: 'cached',
      rule: 'written',
    });
    expect(await opened('write', 'Download/new')).toEqual({ opens: { cached: 1 }, reasons: { rule: 1 } });
    expect((await opened('write', 'auto/new')).reasons).toEqual({ 'auto-large': 1 });
    expect((await opened('write', 'Android/new')).opens).toEqual({ direct: 1 });
  });

  it('take the rule of either access for an open for reading and writing', async () => {
    make('Download/both', 8 * KIB);
    const seen = await observer.opensDuring(async () => {
      await (await holdOpen(join(daemon.mount, 'Download/both'), constants.O_RDWR)).close();
    });
    expect(seen).toEqual({ opens: { cached: 1 }, reasons: { rule: 1 } });
  });

  it('follow a file that is renamed, and one that is replaced', async () => {
    make('Android/moving', 64 * KIB);
    make('target', 64 * KIB);
    expect(await outcomeOf('Android/moving')).toBe('direct');
    await sh('mv Android/moving moved', { cwd: daemon.mount });
    expect(await outcomeOf('moved')).toBe('passthrough');
    await sh('mv moved Android/back && mv target Android/target', { cwd: daemon.mount });
    expect(await outcomeOf('Android/back')).toBe('direct');
    await sh('mv -T Android/target Android/back', { cwd: daemon.mount });
    expect(await outcomeOf('Android/back')).toBe('direct');
  });

  it('follow a file that is renamed while it is open, from its next open on', async () => {
    make('held', 64 * KIB);
    const held = await holdOpen(join(daemon.mount, 'held'), constants.O_RDONLY);
    try {
      await sh('mv held Android/held', { cwd: daemon.mount });
      expect(await daemon.json('explain', 'Android/held')).toMatchObject({
        action: 'direct',
        outcome: 'passthrough',
        outcomeReason: 'inode-passthrough',
      });
      expect((await opened('read', 'Android/held')).reasons).toEqual({ 'inode-passthrough': 1 });
    } finally {
      await held.close();
    }
    await expect.poll(() => outcomeOf('Android/held')).toBe('direct');
  });

  it('follow what lies beneath a directory that is renamed, known files included', async () => {
    make('album/one/deep/file', 64 * KIB);
    make('album/film.mp4', 2 * MIB);
    expect(await outcomeOf('album/one/deep/file')).toBe('passthrough');
    await sh('mv album Android/album', { cwd: daemon.mount });
    expect(await outcomeOf('Android/album/one/deep/file')).toBe('direct');
    expect(await outcomeOf('Android/album/film.mp4')).toBe('cached');
    await sh('mv Android/album auto/album', { cwd: daemon.mount });
    expect((await opened('read', 'auto/album/one/deep/file')).reasons).toEqual({ 'auto-registered': 1 });
    expect(await daemon.json('explain', 'auto/album/one/deep/file')).toMatchObject({ rule: 'either' });
  });

  it('follow two directories that change places', async () => {
    make('left/file', 64 * KIB);
    make('Android/right/file', 64 * KIB);
    expect([await outcomeOf('left/file'), await outcomeOf('Android/right/file')]).toEqual([
      'passthrough',
      'direct',
    ]);
    const exchange = `import ctypes; libc = ctypes.CDLL(None, use_errno=True)
assert libc.renameat2(-100, b"left", -100, b"Android/right", 2) == 0, ctypes.get_errno()`;
    expect(await sh(`python3 -c '${exchange}'`, { cwd: daemon.mount })).toMatchObject({ code: 0 });
    expect([await outcomeOf('left/file'), await outcomeOf('Android/right/file')]).toEqual([
      'passthrough',
      'direct',
    ]);
  });

  it('serve a file with several names by each of them', async () => {
    make('linked', 64 * KIB);
    await sh('ln linked Android/linked', { cwd: daemon.mount });
    const script = `set -e
      head -c 3 linked > /dev/null
      printf one | dd of=linked conv=notrunc status=none
      [ "$(head -c 3 Android/linked)" = one ]
      printf two | dd of=Android/linked conv=notrunc status=none
      [ "$(head -c 3 linked)" = two ]
      rm linked
      [ "$(head -c 3 Android/linked)" = two ]`;
    expect(await sh(script, { cwd: daemon.mount })).toMatchObject({ code: 0, stderr: '' });
    expect((await observer.counters()).opens['failed']).toBe(0);
    expect(await outcomeOf('Android/linked')).toBe('direct');
  });
});
