import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer, Tally } from './counters.ts';
import { holdOpen } from './held-file.ts';
import { run, sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { writePolicy } from './policy-file.ts';

interface Tree {
  path: string;
  state: string;
  because: string;
}

const policyOf = (...rules: string[]): string =>
  `version: 1\ndefault: cached\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
const tree = (paths: string): string => `{ match: { path: ${paths} }, action: tree }`;
const CACHED = 'version: 1\ndefault: cached\n';

/** What stands on directories beneath `mount`, relative to it, with the options of each. */
function mountsBeneath(mount: string): Tally {
  const found: Tally = {};
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const point = line.split(' ')[4] ?? '';
    if (!point.startsWith(`${mount}/`)) continue;
    const path = point.slice(mount.length + 1);
    found[path] = (found[path] ?? 0) + 1;
  }
  return found;
}

function optionsOf(point: string): string[] {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((each) => each.split(' ')[4] === point);
  return line?.split(' ')[5]?.split(',') ?? [];
}

/** The process looks at the mount by way of another one: it must never wait for a daemon it has started itself. */
const deviceOf = async (path: string): Promise<number> =>
  Number((await run('stat', ['-c', '%d', path])).stdout);

describe('a tree', () => {
  let daemon: RunningDaemon;
  let observer: Observer;
  const policy = writePolicy(policyOf(tree("['Android/{data,obb}', 'made/later', 'wild/*/cache']")));
  const apply = (text: string) => observer.client.applyPolicy('live', text, 'test');
  const trees = async (): Promise<Tree[]> => (await observer.client.status()).volumes[0]?.trees ?? [];
  const bound = async (): Promise<string[]> =>
    (await trees()).filter(({ state }) => state === 'bound').map(({ path }) => path);

  beforeAll(async () => {
    daemon = await startDaemon({ policy: policy.path, timeoutSeconds: 0.1 });
    observer = observe(daemon);
    for (const path of ['Android/data/app', 'Android/obb', 'wild/a/cache', 'wild/b'])
      mkdirSync(join(daemon.source, path), { recursive: true });
    writeFileSync(join(daemon.source, 'Android/data/app/file'), 'lower');
    await apply(readFileSync(policy.path, 'utf8'));
  });
  afterAll(async () => {
    observer.close();
    expect(await daemon.stop()).toBe(0);
    policy.remove();
  });

  it('is bound where its rule names directories that are there, with nosuid and nodev', async () => {
    expect(mountsBeneath(daemon.mount)).toEqual({ 'Android/data': 1, 'Android/obb': 1 });
    expect(await trees()).toEqual([
      { path: 'Android/data', state: 'bound', because: '' },
      { path: 'Android/obb', state: 'bound', because: '' },
    ]);
    expect(optionsOf(join(daemon.mount, 'Android/data'))).toEqual(
      expect.arrayContaining(['nosuid', 'nodev', 'rw']),
    );
    const { stdout } = await daemon.sluice('status');
    expect(stdout).toContain('  tree Android/data bound\n');
  });

  it('has nothing in it that the daemon hears of: stat, read, write, make, list, rename, remove', async () => {
    const { ino, dev } = statSync(join(daemon.source, 'Android/data/app/file'));
    const cwd = join(daemon.mount, 'Android/data/app');
    // The shell stands in the tree; the way there is asked of the daemon, and so is left out.
    const script = `cd ${cwd} && touch /${daemon.directory}/there && while [ ! -e /${daemon.directory}/go ]; do sleep 0.02; done
      set -e; stat -c '%i %d' file; cat file; echo more >> file; mkdir d; echo x > d/n; mv d/n d/m; ls -la d >&2; rm -r d; sync file
      truncate -s 3 file; ln file l; chmod 600 l; rm l`;
    const running = sh(script);
    await expect.poll(() => existsSync(join(daemon.directory, 'there'))).toBe(true);
    const before = await observer.counters();
    writeFileSync(join(daemon.directory, 'go'), '');
    const result = await running;
    const after = await observer.counters();
    expect(result).toMatchObject({ code: 0, stdout: `${ino} ${dev}\nlower` });
    expect(after.requests).toEqual(before.requests);
    expect(readFileSync(join(daemon.source, 'Android/data/app/file'), 'utf8')).toBe('low');
  });

  it('shows the lower device, and what is beside it the device of the volume', async () => {
    const lower = statSync(daemon.source).dev;
    expect(await deviceOf(join(daemon.mount, 'Android/data'))).toBe(lower);
    expect(await deviceOf(join(daemon.mount, 'Android'))).not.toBe(lower);
  });

  it('is bound when it is made later through the mount, or renamed to its name', async () => {
    expect(await sh('mkdir -p made/later', { cwd: daemon.mount })).toMatchObject({ code: 0 });
    await expect.poll(bound).toContain('made/later');
    await sh('mkdir -p other/later && echo x > other/later/file && mv made gone', { cwd: daemon.mount });
    await expect.poll(bound).not.toContain('gone/later');
    expect(mountsBeneath(daemon.mount)).not.toHaveProperty('gone/later');
    // An ancestor of what its rule names.
    expect(await sh('mv other made', { cwd: daemon.mount })).toMatchObject({ code: 0 });
    await expect.poll(bound).toContain('made/later');
    expect(await sh('cat made/later/file', { cwd: daemon.mount })).toMatchObject({ stdout: 'x\n' });
    expect(await deviceOf(join(daemon.mount, 'made/later'))).toBe(statSync(daemon.source).dev);
  });

  it('that a glob with wildcards matches is bound when it is looked up, and those made on the lower tree too', async () => {
    expect(await bound()).not.toContain('wild/a/cache');
    await sh('stat wild/a/cache', { cwd: daemon.mount });
    await expect.poll(bound).toContain('wild/a/cache');
    mkdirSync(join(daemon.source, 'wild/b/cache'));
    await sh('stat wild/b/cache', { cwd: daemon.mount });
    await expect.poll(bound).toContain('wild/b/cache');
  });

  it('cannot itself be renamed or removed, nor can names move across its border but by copying', async () => {
    const results = await sh(
      'mv -T Android/obb Android/x; rmdir Android/obb; ln Android/data/app/file hard',
      {
        cwd: daemon.mount,
      },
    );
    expect(results.stderr.match(/busy/gi)).toHaveLength(2);
    expect(results.stderr).toMatch(/cross-device/i);
    expect(
      await sh('mv Android/data/app/file out && cat out && mv out Android/data/app/file', {
        cwd: daemon.mount,
      }),
    ).toMatchObject({ code: 0, stdout: 'low' });
  });

  it('is unbound where the lower directory was moved away, and the name is what is there', async () => {
    renameSync(join(daemon.source, 'wild/b/cache'), join(daemon.source, 'wild/b/moved'));
    await expect
      .poll(async () => (await sh('ls wild/b; ls wild/b/moved', { cwd: daemon.mount })).code)
      .toBe(0);
    await expect.poll(async () => (await sh('stat wild/b/cache', { cwd: daemon.mount })).code).toBe(1);
    await expect
      .poll(() => Object.keys(mountsBeneath(daemon.mount)).filter((path) => path.startsWith('wild/b')))
      .toEqual([]);
  });

  it('ends with the policy that made it, even with files open, and apply says which', async () => {
    const held = await holdOpen(join(daemon.mount, 'Android/data/app/file'), constants.O_RDWR);
    const applied = await apply(policyOf(tree('Android/obb')));
    expect(applied.change.treesUnbound.toSorted()).toEqual(['Android/data', 'made/later', 'wild/a/cache']);
    expect(applied.change.treesBound).toEqual([]);
    expect(mountsBeneath(daemon.mount)).toEqual({ 'Android/obb': 1 });
    await held.write('held', 0);
    await held.close();
    expect(await sh('cat Android/data/app/file', { cwd: daemon.mount })).toMatchObject({ stdout: 'held' });
    const dry = await observer.client.applyPolicy('live', policyOf(tree("[Android, 'not/there']")), 'dry', {
      dryRun: true,
    });
    expect(dry.change).toMatchObject({ treesBound: ['Android'], treesUnbound: ['Android/obb'] });
    expect(mountsBeneath(daemon.mount)).toEqual({ 'Android/obb': 1 });
    const again = await apply(policyOf(tree('Android')));
    expect(again.change).toMatchObject({ treesBound: ['Android'], treesUnbound: ['Android/obb'] });
    const text = await daemon.sluice('policy', 'apply', 'none');
    expect(text.stdout + text.stderr).toContain('tree unbound: Android\n');
    expect(mountsBeneath(daemon.mount)).toEqual({});
    expect(await trees()).toEqual([]);
  });

  it('with something in it that an earlier rule hides is served, and the guard holds', async () => {
    const guarded = policyOf(
      `{ match: { path: Android/data/app/file }, action: hide }`,
      tree('Android/data'),
    );
    const { warnings } = await apply(guarded);
    expect(warnings.map(({ message }) => message).join()).toContain('hides something in "Android/data"');
    expect(await trees()).toMatchObject([
      { path: 'Android/data', state: 'served', because: expect.stringContaining('hides') },
    ]);
    const before = (await observer.counters()).treeOpens;
    expect((await sh('cat Android/data/app/file', { cwd: daemon.mount })).code).toBe(1);
    expect(
      await sh('echo y > Android/data/app/new && cat Android/data/app/new', { cwd: daemon.mount }),
    ).toMatchObject({ stdout: 'y\n' });
    expect((await observer.counters()).treeOpens).toBe(before + 2);
  });

  it('beneath a directory that is hidden from some stays, whoever looks', async () => {
    const hidden = `{ match: { path: Android, caller: { uid: 10000 } }, action: hide }`;
    await apply(policyOf(tree('Android/data'), hidden));
    const app = 'setpriv --reuid 10000 --regid 10000 --clear-groups';
    for (const who of [app, '', app]) {
      expect(
        await sh(`${who} stat Android && ${who} stat Android/data/app/file`, { cwd: daemon.mount }),
      ).toMatchObject({ code: 0 });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect((await sh(`${app} stat Android/obb`, { cwd: daemon.mount })).code).toBe(1);
    expect(mountsBeneath(daemon.mount)).toEqual({ 'Android/data': 1 });
  });

  it('is served on a mount that may be idmapped, which a bind would not be', async () => {
    const [mount, source] = ['idmapped', 'idmapped-lower'].map((name) => join(daemon.directory, name)) as [
      string,
      string,
    ];
    mkdirSync(mount);
    mkdirSync(join(source, 'Android/data'), { recursive: true });
    const added = await daemon.json(
      ...[
        'volume',
        'add',
        'idmapped',
        '--source',
        source,
        '--mount',
        mount,
        '--idmap',
        '--policy',
        policy.path,
      ],
    );
    expect(added.trees).toMatchObject([
      { path: 'Android/data', state: 'served', because: expect.stringContaining('idmapped') },
      { path: 'Android/obb', state: 'served' },
      { path: 'made/later', state: 'served' },
    ]);
    expect(mountsBeneath(mount)).toEqual({});
    await daemon.json('volume', 'remove', 'idmapped');
  });

  it('never leads out of the volume by a symlink, nor to what a symlink names', async () => {
    const outside = join(daemon.directory, 'outside');
    mkdirSync(join(outside, 'in'), { recursive: true });
    await sh(`ln -s ${outside} link`, { cwd: daemon.source });
    await apply(policyOf(tree("['link', 'link/in']")));
    await sh('ls link/ link/in', { cwd: daemon.mount });
    expect(mountsBeneath(daemon.mount)).toEqual({});
    expect(mountsBeneath(outside)).toEqual({});
  });

  it('is one of 256 at most; others are served, said aloud', async () => {
    for (let i = 0; i < 260; i++) mkdirSync(join(daemon.source, `many/${i}`), { recursive: true });
    await apply(policyOf(tree("'many/*'")));
    await sh('ls -la many; for i in many/*; do stat $i; done', { cwd: daemon.mount });
    await expect.poll(async () => (await bound()).length, { timeout: 20_000 }).toBe(256);
    await expect.poll(async () => (await trees()).filter(({ state }) => state === 'served')).toHaveLength(4);
    expect((await trees()).find(({ state }) => state === 'served')?.because).toContain(
      '256 directories are bound',
    );
    expect(daemon.output()).toContain('not every tree leaves the daemon');
    expect((await apply(CACHED)).change.treesUnbound).toHaveLength(256);
    expect(mountsBeneath(daemon.mount)).toEqual({});
  });
});

describe('a volume with trees', () => {
  const policy = writePolicy(policyOf(tree('a/b')));
  afterAll(() => policy.remove());
  let daemon: RunningDaemon;
  let second: string;
  let add: string[];
  beforeAll(async () => {
    daemon = await startDaemon();
    second = join(daemon.directory, 'second');
    const source = join(daemon.directory, 'second-lower');
    mkdirSync(second);
    mkdirSync(join(source, 'a/b'), { recursive: true });
    writeFileSync(join(source, 'a/b/file'), 'x');
    add = ['volume', 'add', 'second', '--source', source, '--mount', second, '--policy', policy.path];
  });
  afterAll(async () => {
    await daemon.stop();
  });

  it('binds them before it is there for others', async () => {
    expect(await daemon.json(...add)).toMatchObject({ trees: [{ path: 'a/b', state: 'bound' }] });
  });

  it('is not removed while a file in a tree is open, and is bound as before', async () => {
    const held = await holdOpen(join(second, 'a/b/file'), constants.O_RDONLY);
    try {
      const refused = await daemon.sluice('volume', 'remove', 'second');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('files on it are open (in the tree a/b)');
      expect(mountsBeneath(second)).toEqual({ 'a/b': 1 });
    } finally {
      await held.close();
    }
  });

  it('is not removed while a file beside a tree is open, and the tree is bound again', async () => {
    writeFileSync(join(daemon.directory, 'second-lower/beside'), 'x');
    const held = await holdOpen(join(second, 'beside'), constants.O_RDONLY);
    try {
      expect(await daemon.sluice('volume', 'remove', 'second')).toMatchObject({ code: 1 });
      expect(mountsBeneath(second)).toEqual({ 'a/b': 1 });
    } finally {
      await held.close();
    }
  });

  it('is removed, and nothing is left', async () => {
    expect(await daemon.sluice('volume', 'remove', 'second')).toMatchObject({ code: 0 });
    expect(mountsBeneath(second)).toEqual({});
    expect(readdirSync(second)).toEqual([]);
    expect(readdirSync(join(daemon.directory, 'second-lower/a/b'))).toEqual(['file']);
  });

  it('is removed by force with a file in a tree open, which stays usable', async () => {
    await daemon.json(...add);
    const held = await holdOpen(join(second, 'a/b/file'), constants.O_RDWR);
    try {
      expect(await daemon.sluice('volume', 'remove', 'second', '--force')).toMatchObject({ code: 0 });
      expect(mountsBeneath(second)).toEqual({});
      await held.write('y', 0);
    } finally {
      await held.close();
    }
    expect(readFileSync(join(daemon.directory, 'second-lower/a/b/file'), 'utf8')).toBe('y');
  });

  it('takes them along when its server is killed', async () => {
    const { pid } = (await daemon.json(...add)) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => mountsBeneath(second)).toEqual({});
    await expect.poll(() => readdirSync(second)).toEqual([]);
    await daemon.json('volume', 'remove', 'second');
  });
});

describe('a volume whose server hangs', () => {
  it('is removed by force with its trees within seconds, and nothing is left', async () => {
    const policy = writePolicy(policyOf(tree('a/b')));
    const daemon = await startDaemon({ policy: policy.path, timeoutSeconds: 0 });
    try {
      mkdirSync(join(daemon.source, 'a/b'), { recursive: true });
      await daemon.json('policy', 'apply', policy.path);
      expect(mountsBeneath(daemon.mount)).toEqual({ 'a/b': 1 });
      process.kill(daemon.volumeServerPid(), 'SIGSTOP');
      const startedAt = performance.now();
      expect(await daemon.sluice('volume', 'remove', 'live', '--force')).toMatchObject({ code: 0 });
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      expect(mountsBeneath(daemon.mount)).toEqual({});
      expect(readdirSync(daemon.mount)).toEqual([]);
    } finally {
      await daemon.stop();
      policy.remove();
    }
  });
});

describe('a supervisor that is killed', () => {
  it('leaves no mount: the volume server takes volume and trees away', async () => {
    const policy = writePolicy(policyOf(tree('a/b')));
    const daemon = await startDaemon({ policy: policy.path });
    try {
      mkdirSync(join(daemon.source, 'a/b'), { recursive: true });
      await daemon.json('policy', 'apply', policy.path);
      expect(mountsBeneath(daemon.mount)).toEqual({ 'a/b': 1 });
      process.kill(daemon.pid, 'SIGKILL');
      await expect.poll(() => mountsBeneath(daemon.mount)).toEqual({});
      await expect.poll(() => readdirSync(daemon.mount)).toEqual([]);
    } finally {
      await daemon.stop();
      policy.remove();
    }
  });
});

describe('a daemon that was killed with its volume server', () => {
  it('leaves mounts that the next one at the same place takes away, and only those', async () => {
    const policy = writePolicy(policyOf(tree('a/b')));
    const first = await startDaemon({ policy: policy.path });
    const other = join(first.directory, 'other');
    mkdirSync(other);
    mkdirSync(join(first.source, 'a/b'), { recursive: true });
    try {
      await first.json('policy', 'apply', policy.path);
      expect(mountsBeneath(first.mount)).toEqual({ 'a/b': 1 });
      // Also of the source, but nothing of the daemon's.
      await sh(`mount --bind ${first.source}/a ${other}`);
      const server = first.volumeServerPid();
      process.kill(first.pid, 'SIGSTOP');
      process.kill(server, 'SIGKILL');
      process.kill(first.pid, 'SIGKILL');
      await expect
        .poll(async () => (await run('stat', ['-f', first.mount])).stderr)
        .toContain('not connected');
      expect(mountsBeneath(first.mount)).toEqual({ 'a/b': 1 });
      const sluiced = join(process.cwd(), 'apps/sluiced/dist/sluiced.cjs');
      const again = [
        '--source',
        first.source,
        '--mount',
        first.mount,
        '--state',
        first.state,
        '--name',
        'live',
      ];
      const next = await sh(
        `timeout 20 ${process.execPath} ${sluiced} ${again.join(' ')} 2>&1 & p=$!
         for i in $(seq 150); do grep -q ' ${first.mount}/a/b ' /proc/self/mountinfo && [ $(stat -f -c %T ${first.mount}) ] && break; sleep 0.1; done
         cat ${first.mount}/a/b/none; grep -c ' ${first.mount}/a/b ' /proc/self/mountinfo; grep -c ' ${first.mount} ' /proc/self/mountinfo; kill -INT $p; wait $p`,
      );
      expect(next.stdout).toContain('detached the mount of a daemon that is gone');
      expect(next.stdout).toMatch(/^1\n1$/m);
      expect(mountsBeneath(first.mount)).toEqual({});
      expect(readdirSync(first.mount)).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(` ${other} `);
    } finally {
      await sh(`umount ${other}; umount -l ${first.mount}`);
      await first.stop();
      policy.remove();
      rmSync(first.directory, { recursive: true, force: true });
    }
  });
});
