import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { treeRecord } from './both-trees.ts';
import { run } from './daemon.ts';
import { UnprivilegedDaemon, userOf } from './unprivileged-daemon.ts';
import type { UnprivilegedOptions } from './unprivileged-daemon.ts';

/** nobody: fusermount3 wants to know the name of who mounts. */
const USER = 65_534;
const STRANGER = 12_345;
const KEPT = ['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'setgid', 'setuid', 'setpcap'];
const kept = KEPT.map((name) => `+${name}`).join(',');

/** No program that is started gets it back, set-user-id or not. */
const UNBOUND = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];

const has = (program: string): boolean =>
  ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].some((directory) => existsSync(join(directory, program)));
const missing = ['fusermount3', 'setpriv'].filter((program) => !has(program));
const usersAllowOthers = /^\s*user_allow_other\s*(#.*)?$/m.test(
  existsSync('/etc/fuse.conf') ? readFileSync('/etc/fuse.conf', 'utf8') : '',
);

interface Status {
  volumes: {
    state: string;
    reopenBy: string;
    warnings: string[];
    passthrough: {
      requested: boolean;
      negotiated: boolean;
      proven: boolean;
      dialect: string;
      evidence: string[];
    };
    trees: { path: string; state: string; because: string }[];
  }[];
}

let daemon: UnprivilegedDaemon;
const created: UnprivilegedDaemon[] = [];

function prepare(options: UnprivilegedOptions): UnprivilegedDaemon {
  daemon = new UnprivilegedDaemon(options);
  created.push(daemon);
  return daemon;
}

async function volume(): Promise<Status['volumes'][number]> {
  const { volumes } = (await daemon.json('status')) as Status;
  const [only] = volumes;
  if (only === undefined) throw new Error('no volume');
  return only;
}

/** The mount's tree and the lower one, as their user sees them, object by object. */
async function bothTrees(): Promise<[string, string]> {
  const asUser = async (directory: string): Promise<string> => {
    const { code, stdout, stderr } = await daemon.python('tree-record.py', directory);
    if (code !== 0) throw new Error(`${directory} cannot be recorded: ${stderr}`);
    return stdout;
  };
  return [await asUser(daemon.mount), await asUser(daemon.source)];
}

/** What programs do on a volume, all of it by its user: the same text comes out of a bare directory. */
const EVERYDAY = `set -e
mkdir -p a/b; echo one > a/one; printf two > a/b/two; chmod 640 a/one
mv a/one a/b/three; ln a/b/two a/hard; ln -s b/two a/soft; mkfifo a/pipe
echo more >> a/b/three; truncate -s 5 a/b/two; touch -d @1000 a/b/two
cp -a a copy; rm copy/hard; rmdir a/none 2>/dev/null || true
dd if=/dev/zero of=big bs=64k count=40 conv=notrunc status=none; echo tail >> big
(umask 077; echo private > secret; mkdir closed); chmod 400 secret
exec 5<> held; rm held; echo unlinked >&5; cat /proc/self/fd/5; exec 5>&-
cat a/b/three copy/b/three; cat a/soft; readlink a/soft; ls -A . a a/b copy; stat -c '%n %a %s %h %Y' a/b/two copy/b/two
echo no > secret || echo refused; cat nothing || echo nothing there; mkdir a 2>&1 || echo exists
find . | sort; sha256sum big secret; rm -r copy; ls`;

async function behavesAsBare(): Promise<void> {
  const bare = join(daemon.directory, 'bare');
  mkdirSync(bare, { mode: 0o755 });
  const uid = statSync(daemon.source).uid;
  spawnSync('chown', [`${uid}:${uid}`, bare]);
  const there = await daemon.sh(EVERYDAY, bare);
  const here = await daemon.sh(EVERYDAY);
  expect(here).toEqual(there);
  expect(here.code).toBe(0);
  const [mounted, lower] = await bothTrees();
  expect(mounted).toBe(lower);
  expect(mounted.split('\n').length).toBeGreaterThan(10);
}

afterEach(async () => {
  for (const each of created.splice(0)) await each.remove();
});

/** Ways to have no CAP_SYS_ADMIN, from nothing at all to everything else. */
const WAYS: { who: string; reopenBy: string; options: UnprivilegedOptions }[] = [
  { who: 'a plain user', reopenBy: 'name', options: { uid: USER, privileges: userOf(USER) } },
  {
    who: 'a user with every other capability that the daemon uses',
    reopenBy: 'file-handle',
    options: {
      uid: USER,
      privileges: [...userOf(USER).slice(0, 3), `--inh-caps=${kept}`, `--ambient-caps=${kept}`],
    },
  },
  {
    who: 'root without it in the bounding set, for whom somebody else runs fusermount3',
    reopenBy: 'file-handle',
    options: { uid: 0, privileges: UNBOUND, programs: 'bin' },
  },
];

describe.skipIf(missing.length > 0)(
  `a daemon without CAP_SYS_ADMIN (needs ${missing.join(' and ') || 'fusermount3'})`,
  () => {
    describe.each(WAYS)('as $who', ({ reopenBy, options }) => {
      const { uid } = options;
      const start = async (...args: string[]): Promise<void> => {
        prepare(options);
        if (options.programs !== undefined) await daemon.startBroker();
        await daemon.start(...args);
      };

      it('serves the volume through fusermount3, as a bare directory would behave', async () => {
        await start('--policy', 'all');
        const effective = /^CapEff:\s*(\w+)$/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1];
        expect((BigInt(`0x${effective ?? 'f'}`) >> 21n) & 1n).toBe(0n);
        const line = daemon.mountLine();
        expect(line).toMatch(/ rw,nosuid,nodev,.* - fuse\.sluice live .*,default_permissions/);
        expect(line).toContain(`user_id=${uid},group_id=${uid}`);
        expect(line.includes('allow_other')).toBe(uid === 0 || usersAllowOthers);
        await behavesAsBare();
      });

      it('says aloud that nothing passes through, and why', async () => {
        await start('--policy', 'all');
        const { passthrough, warnings, ...rest } = await volume();
        expect(rest).toMatchObject({ state: 'serving', reopenBy });
        const none = { requested: false, negotiated: false, proven: false, dialect: 'none' };
        expect(passthrough).toMatchObject(none);
        expect(passthrough.evidence[0]).toMatch(/^unprivileged: the daemon lacks CAP_SYS_ADMIN/);
        expect(passthrough.evidence[1]).toMatch(/^mounted by .*\/fusermount3$/);
        expect(warnings.join('\n')).toContain('unprivileged: the daemon lacks CAP_SYS_ADMIN');
        expect(daemon.output.split('/fusermount3 has mounted the volume')).toHaveLength(2);
        await daemon.sh('echo text > file; cat file; cat file');
        expect(JSON.stringify(await daemon.json('explain', 'file'))).toContain('passthrough-unprivileged');
        const { stdout } = await daemon.sluice('stats');
        expect(stdout).toContain('passthrough-unprivileged');
        expect(stdout).not.toContain('passthrough-unavailable');
      });

      it.each(['SIGTERM', 'SIGINT'] as const)('unmounts at %s and leaves nothing', async (signal) => {
        await start();
        const server = daemon.serverPid();
        expect(daemon.mounts()).toBe(1);
        expect(await daemon.end(signal)).toBe(0);
        expect(daemon.mounts()).toBe(0);
        expect(existsSync(`/proc/${server}`)).toBe(false);
        expect(daemon.scratch()).toEqual([]);
      });

      it('cleans up, at the next start, the mount of a daemon that was killed together with its server', async () => {
        await start();
        await daemon.sh('echo before > file');
        const server = daemon.serverPid();
        // Stopped, it cannot unmount when it sees the supervisor gone.
        process.kill(server, 'SIGSTOP');
        await daemon.end('SIGKILL');
        process.kill(server, 'SIGKILL');
        await expect.poll(() => existsSync(`/proc/${server}`), { timeout: 5000 }).toBe(false);
        expect(daemon.mounts()).toBe(1);
        expect((await daemon.sh('cat file')).stdout).toBe('');
        await daemon.start();
        expect(daemon.mounts()).toBe(1);
        expect(daemon.output).toContain('detached the mount of a daemon that is gone');
        expect((await daemon.sh('cat file')).stdout).toBe('before\n');
      });
    });

    it('unmounts at SIGTERM although a file on the mount is open', async () => {
      await prepare({ uid: USER, privileges: userOf(USER) }).start();
      const held = daemon.sh('exec 5> held; while echo more >&5; do sleep 0.1; done 2> /dev/null; echo gone');
      await expect.poll(() => existsSync(join(daemon.source, 'held')), { timeout: 5000 }).toBe(true);
      expect(await daemon.end('SIGTERM')).toBe(0);
      expect(daemon.mounts()).toBe(0);
      expect((await held).stdout).toContain('gone');
    });

    it('leaves neither mount nor volume server when the supervisor is killed', async () => {
      await prepare({ uid: USER, privileges: userOf(USER) }).start();
      const server = daemon.serverPid();
      await daemon.end('SIGKILL');
      await expect.poll(() => daemon.mounts(), { timeout: 10_000 }).toBe(0);
      await expect.poll(() => existsSync(`/proc/${server}`), { timeout: 10_000 }).toBe(false);
    });

    it('unmounts when the volume server is killed', async () => {
      await prepare({ uid: USER, privileges: userOf(USER) }).start();
      process.kill(daemon.serverPid(), 'SIGKILL');
      await expect.poll(() => daemon.mounts(), { timeout: 10_000 }).toBe(0);
      expect((await volume()).state).toBe('failed');
    });

    it('serves what policy calls a tree, and warns', async () => {
      prepare({ uid: USER, privileges: userOf(USER) });
      await daemon.sh('mkdir tree; echo below > tree/file', daemon.source);
      const readable = join(daemon.directory, 'policy.yaml');
      const rule = '{ match: { path: [tree] }, action: tree }';
      writeFileSync(readable, `version: 1\ndefault: cached\nrules:\n  - ${rule}\n`, { mode: 0o644 });
      await daemon.start('--policy', readable);
      expect((await daemon.sh('cat tree/file; echo new > tree/new; ls tree')).stdout).toBe(
        'below\nfile\nnew\n',
      );
      const { trees, warnings } = await volume();
      expect(trees).toEqual([
        { path: 'tree', state: 'served', because: 'mounting needs root (CAP_SYS_ADMIN)' },
      ]);
      expect(warnings.join('\n')).toContain('tree rules: the daemon serves the directories');
    });

    it('says that set-id bits and device files do not count, whatever was asked', async () => {
      await prepare({ uid: USER, privileges: userOf(USER) }).start('--suid', '--dev');
      expect(daemon.mountLine()).toMatch(/ rw,nosuid,nodev,/);
      expect((await volume()).warnings.join('\n')).toContain('suid and dev without effect');
    });

    it.skipIf(usersAllowOthers)('lets in nobody but its own user (needs no user_allow_other)', async () => {
      await prepare({ uid: USER, privileges: userOf(USER) }).start();
      chmodSync(daemon.source, 0o777);
      expect((await daemon.sh(`ls ${daemon.mount}`, '/', STRANGER)).stderr).toContain('Permission denied');
      expect((await volume()).warnings.join('\n')).toContain('nobody but the user 65534 may enter');
    });

    it('is refused with the package’s name where there is no fusermount3', async () => {
      prepare({ uid: USER, privileges: userOf(USER), path: '/nonexistent' });
      expect(await daemon.tryToStart()).toBe(1);
      expect(daemon.output).toContain('the program fusermount3, which is not on PATH');
      expect(daemon.output).toContain('apt-get install fuse3');
      expect(daemon.mounts()).toBe(0);
    });

    it('is refused with fusermount3’s own words where the mount point is not its user’s', async () => {
      prepare({ uid: USER, privileges: userOf(USER) });
      spawnSync('chown', ['0:0', daemon.mount]);
      expect(await daemon.tryToStart()).toBe(1);
      expect(daemon.output).toContain('user has no write access to mountpoint');
      expect(daemon.mounts()).toBe(0);
    });

    it.each([
      ['no_new_privs', [...userOf(USER), '--no-new-privs'], USER, 'no_new_privs is set'],
      ['root without it in the bounding set', UNBOUND, 0, 'is not in the bounding set'],
    ] as const)(
      'is refused under %s, which fusermount3 cannot overcome, with what would be right',
      async (_, privileges, uid, said) => {
        prepare({ uid, privileges });
        expect(await daemon.tryToStart()).toBe(1);
        expect(daemon.output).toContain(said);
        expect(daemon.mounts()).toBe(0);
      },
    );
  },
);

describe.skipIf(missing.length > 0 || !has('setcap'))(
  `root without CAP_SYS_ADMIN, and a fusermount3 that has it as a file capability (needs ${
    missing.join(' and ') || 'setcap'
  })`,
  () => {
    /** SECBIT_NOROOT: uid 0 has no capability but those that are handed on. */
    const start = async (capabilities: string): Promise<void> => {
      const privileges = [
        '--securebits=+noroot',
        `--inh-caps=-all,${capabilities}`,
        `--ambient-caps=-all,${capabilities}`,
      ];
      prepare({ uid: 0, privileges, programs: 'bin' });
      const program = join(daemon.directory, 'bin', 'fusermount3');
      mkdirSync(dirname(program));
      copyFileSync('/usr/bin/fusermount3', program);
      chmodSync(program, 0o755);
      expect(await run('/usr/bin/env', ['setcap', 'cap_sys_admin+ep', program])).toMatchObject({ code: 0 });
      await daemon.start('--policy', 'all');
      chmodSync(daemon.source, 0o777);
    };
    const asStranger = (script: string) => daemon.sh(script, daemon.mount, STRANGER);

    it('serves everybody, and creates as the caller, where it has the capabilities for that', async () => {
      await start(kept);
      expect(daemon.mountLine()).toContain('allow_other');
      expect((await volume()).passthrough).toMatchObject({ proven: false, dialect: 'none' });
      expect(
        await asStranger('mkdir made && echo theirs > made/file && stat -c %u:%g made made/file'),
      ).toMatchObject({
        code: 0,
        stdout: '12345:12345\n12345:12345\n',
      });
      expect(statSync(join(daemon.source, 'made/file')).uid).toBe(STRANGER);
      expect(await treeRecord(daemon.mount)).toBe(await treeRecord(daemon.source));
      expect(await daemon.end('SIGTERM')).toBe(0);
      expect(daemon.mounts()).toBe(0);
    });

    it('refuses to create for others (EPERM) where it lacks them, and serves the rest', async () => {
      await start('+dac_override,+fowner');
      expect((await volume()).warnings.join('\n')).toContain('nobody but the user 0 may make files (EPERM)');
      writeFileSync(join(daemon.source, 'shared'), 'text');
      chmodSync(join(daemon.source, 'shared'), 0o666);
      const made = await asStranger(
        'cat shared; echo; echo more > shared; cat shared; echo x > f; mkdir d; ln -s x l; mkfifo p; ls',
      );
      expect(made.stdout).toBe('text\nmore\nshared\n');
      expect(made.stderr.match(/Operation not permitted/g)).toHaveLength(4);
    });
  },
);
