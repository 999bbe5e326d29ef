/** The engine fuse-native (docs/guides/engines.md): the fast part of the suite that runs wherever the package loads. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFuseNative } from '@sluice/engine-fuse-native';
import { run, sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { PLACE, photo } from './photo.fixture.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

const loaded = loadFuseNative(import.meta.url);
const missing = 'missing' in loaded ? loaded.missing : '';
const title = missing === '' ? 'the engine fuse-native' : `the engine fuse-native [skipped: ${missing}]`;
const ENGINE = ['--engine', 'fuse-native'];

const POLICY = `version: 1
default: passthrough
rules:
  - { id: secret, match: { path: Secret }, action: hide }
  - { id: locked, match: { path: Locked }, action: deny(EACCES) }
  - { id: constant, match: { path: 'ReadOnly/**', access: [write, create] }, action: deny(EROFS) }
  - { id: photos, match: { extension: jpg }, action: redact }
  - { id: someone, match: { path: 'Open/**', caller: { uid: 0 } }, action: hide }
`;

describe.skipIf(missing !== '')(title, () => {
  let daemon: RunningDaemon;
  const on = (script: string): ReturnType<typeof sh> => sh(script, { cwd: daemon.mount, timeoutMs: 30_000 });
  const lower = (path: string): string => join(daemon.source, path);

  describe('serving files', () => {
    beforeAll(async () => {
      daemon = await startDaemon({ policy: 'all', timeoutSeconds: 0, args: ENGINE, guardSeconds: 100 });
      chmodSync(daemon.directory, 0o755);
    });
    afterAll(() => daemon.stop());

    it('says in status that there is no passthrough, and which engine serves', async () => {
      const { volumes } = (await daemon.json('status')) as {
        volumes: { passthrough: Record<string, unknown>; storage: unknown; workers: number }[];
      };
      const [volume] = volumes;
      expect(volume?.passthrough).toMatchObject({ requested: false, proven: false, dialect: 'none' });
      expect(volume?.passthrough['evidence']).toContain('engine fuse-native: no passthrough');
      expect(volume?.storage).toMatchObject({ engine: 'fuse-native', locks: 'local', acl: false });
      expect(volume?.workers).toBe(1);
    });

    it('reads and writes the bytes of the lower file, and counts requests, opens and bytes', async () => {
      const before = await daemon.requests();
      const made = await on('head -c 3M /dev/urandom > data && cmp data ../lower/data && sha256sum < data');
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect((await sh(`sha256sum < ${lower('data')}`)).stdout).toBe(made.stdout);
      const after = await daemon.requests();
      expect((after['CREATE'] ?? 0) - (before['CREATE'] ?? 0)).toBe(1);
      expect(after['READ']).toBeGreaterThan(0);
      const { volumes } = (await daemon.json('stats')) as {
        volumes: { bytesWritten: number }[];
      };
      expect(volumes[0]?.bytesWritten).toBeGreaterThanOrEqual(3 << 20);
      expect((await daemon.sluice('stats')).stdout).toContain('passthrough-unavailable');
    });

    it('writes what is mapped to its place, even by way of a handle that appends', async () => {
      const script = `import mmap, os
with open("mapped", "wb") as made: made.write(b"." * 8192)
fd = os.open("mapped", os.O_RDWR | os.O_APPEND)
pages = mmap.mmap(fd, 0)
pages[100:106] = b"mapped"
pages.flush()
os.write(fd, b"end")
os.write(os.open("mapped", os.O_WRONLY | os.O_APPEND), b"!")`;
      expect(await on(`python3 -c '${script}'`)).toMatchObject({ code: 0, stderr: '' });
      const content = readFileSync(lower('mapped'), 'latin1');
      expect(content).toBe(`${'.'.repeat(100)}mapped${'.'.repeat(8192 - 106)}end!`);
    });

    it('writes nothing where a position is too large to be told exactly', async () => {
      const script = `import errno, os
fd = os.open("far", os.O_RDWR | os.O_CREAT)
for act in (lambda: os.pwrite(fd, b"x", 2**63 - 4097), lambda: os.ftruncate(fd, 2**63 - 4097)):
    try: print(act())
    except OSError as error: print(errno.errorcode[error.errno])
print(os.fstat(fd).st_size)`;
      expect((await on(`python3 -c '${script}'`)).stdout).toBe('EFBIG\nEFBIG\n0\n');
    });

    it('reads an open file to its end, when another has its name on the lower tree', async () => {
      const script = `import os
with open("held", "w") as made: made.write("the first one")
with open("../lower/other", "w") as made: made.write("other")
fd = os.open("held", os.O_RDONLY)
os.rename("../lower/other", "../lower/held")
print(os.pread(fd, 4096, 0).decode(), os.lseek(fd, 0, os.SEEK_END))`;
      const { stdout } = await on(`python3 -c '${script}'; cat held`);
      expect(stdout).toBe('the first one 13\nother');
    });

    it('makes, links, moves and removes names', async () => {
      const script = `set -e; mkdir -p a/b; echo one > a/f; ln a/f a/g; ln -s f a/l; mkfifo a/p; mv a/f a/b/f
        test "$(cat a/g)" = one; test "$(readlink a/l)" = f; test -p a/p; test a/g -ef a/b/f
        truncate -s 10 a/g; test "$(stat -c %s a/b/f)" = 10; ls -A a; rm -r a; ls -A | grep -c '^a$' || true`;
      expect(await on(script)).toMatchObject({ code: 0, stderr: '', stdout: 'b\ng\nl\np\n0\n' });
      expect(existsSync(lower('a'))).toBe(false);
    });

    it('sets both times, each to its own, to the millisecond', async () => {
      const times = 'import os; os.utime("timed", ns=(1000000000500999999, 1100000000250999999))';
      expect(await on(`: > timed; python3 -c '${times}'`)).toMatchObject({ code: 0, stderr: '' });
      const { atimeMs, mtimeMs } = lstatSync(lower('timed'));
      expect([atimeMs, mtimeMs]).toEqual([1_000_000_000_500, 1_100_000_000_250]);
    });

    it('keeps extended attributes, and gives no more of one than there is room for', async () => {
      const script = `set -e; : > x; setfattr -n user.colour -v blue x; getfattr --only-values -n user.colour x; echo
        getfattr --absolute-names -d x | grep -c user; setfattr -x user.colour x; getfattr -d x
        setfattr -n user.sluice.decision -v no x 2>&1 | grep -o 'not permitted'`;
      expect(await on(script)).toMatchObject({ code: 0, stderr: '', stdout: 'blue\n1\nnot permitted\n' });
      const small =
        'import ctypes, os; os.setxattr("x", "user.big", b"v" * 100); c = ctypes.CDLL(None, use_errno=True); ' +
        'b = ctypes.create_string_buffer(8); print(c.getxattr(b"x", b"user.big", b, 8), ctypes.get_errno(), ' +
        'c.listxattr(b"x", b, 4), ctypes.get_errno())';
      expect((await on(`python3 -c '${small}'`)).stdout).toBe('-1 34 -1 34\n');
    });

    it('goes on serving a removed file to who has it open, and leaves nothing of it', async () => {
      const script =
        'mkdir r; echo kept > r/f; exec 3< r/f; rm r/f; cat <&3; exec 3<&-; sleep 0.2; rmdir r && ls -A';
      const { code, stdout } = await on(script);
      expect([code, stdout.includes('kept'), stdout.includes('hidden')]).toEqual([0, true, false]);
    });

    it('gives what is made to the owner of its directory, without set-id bits', async () => {
      mkdirSync(lower('theirs'));
      chownSync(lower('theirs'), 10_001, 20_001);
      const as = 'setpriv --reuid 10001 --regid 20001 --clear-groups';
      const made = await on(`cd theirs && ${as} touch mine && ${as} chmod 600 mine && ${as} mkdir sub`);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { uid, gid, mode } = lstatSync(lower('theirs/mine'));
      expect([uid, gid, mode & 0o7777]).toEqual([10_001, 20_001, 0o600]);
      expect(lstatSync(lower('theirs/sub')).uid).toBe(10_001);
      const privileged = 'import os; os.close(os.open("theirs/tool", os.O_CREAT | os.O_WRONLY, 0o6755))';
      await on(`umask 0; python3 -c '${privileged}'`);
      expect(lstatSync(lower('theirs/tool')).mode & 0o7777).toBe(0o755);
    });

    it('refuses names that are not UTF-8, and does not touch others for them', async () => {
      writeFileSync(Buffer.concat([Buffer.from(`${daemon.source}/bad-`), Buffer.from([0xff])]), 'x');
      const { stdout } = await on(
        `ls; cat "$(printf 'bad-\\377')" 2>&1; touch "$(printf 'new-\\377')" 2>&1; ls`,
      );
      expect(stdout).toContain('Invalid argument');
      expect(stdout).not.toContain('\ufffd\n');
      expect((await sh('ls', { cwd: daemon.source })).stdout).not.toContain('new-');
    });

    it('follows no symlink that takes the place of a directory', async () => {
      await daemon.stop();
      daemon = await startDaemon({ policy: 'all', timeoutSeconds: 60, args: ENGINE, guardSeconds: 100 });
      mkdirSync(lower('d'));
      writeFileSync(lower('d/hostname'), 'inside');
      mkdirSync(join(daemon.directory, 'outside'));
      writeFileSync(join(daemon.directory, 'outside/hostname'), 'outside');
      writeFileSync(join(daemon.directory, 'outside/other'), 'outside');
      expect((await on('cat d/hostname')).stdout).toBe('inside');
      renameSync(lower('d'), lower('e'));
      symlinkSync('../outside', lower('d'));
      const { stdout } = await on('cat d/hostname d/other 2>&1; echo changed > d/hostname; echo new > d/new');
      expect(stdout).not.toContain('outside\n');
      expect(stdout).not.toMatch(/^outside/m);
      expect(readFileSync(join(daemon.directory, 'outside/hostname'), 'utf8')).toBe('outside');
      expect(existsSync(join(daemon.directory, 'outside/new'))).toBe(false);
    });
  });

  describe('under a policy that hides, denies and redacts', () => {
    let policy: PolicyFile;
    beforeAll(async () => {
      policy = writePolicy(POLICY);
      daemon = await startDaemon({ policy: policy.path, timeoutSeconds: 0, args: ENGINE, guardSeconds: 100 });
      for (const directory of ['Secret', 'Locked', 'ReadOnly', 'Open']) {
        mkdirSync(lower(directory));
        writeFileSync(lower(`${directory}/file`), directory);
      }
      writeFileSync(lower('a.jpg'), photo());
    });
    afterAll(async () => {
      await daemon.stop();
      policy.remove();
    });

    it('shows nothing of what is hidden', async () => {
      const { stdout } = await on('ls; cat Secret/file 2>&1; mkdir Secret 2>&1; ls -d Secret 2>&1');
      expect(stdout).not.toMatch(/^Secret/m);
      expect(stdout.match(/No such file/g)).toHaveLength(2);
    });

    it('touches nothing of what is denied, not even to truncate it', async () => {
      const script = `ls Locked 2>&1; cat Locked/file 2>&1; : > Locked/file; rm -f Locked/file; truncate -s 0 Locked/file
        : > ReadOnly/file; truncate -s 0 ReadOnly/file; touch ReadOnly/new; mv ReadOnly/file Open/; ln ReadOnly/file out
        cat ReadOnly/file`;
      const { stdout } = await on(script);
      expect(stdout.match(/Permission denied/g)).toHaveLength(2);
      expect(stdout).toMatch(/ReadOnly$/);
      expect(readFileSync(lower('Locked/file'), 'utf8')).toBe('Locked');
      expect(readFileSync(lower('ReadOnly/file'), 'utf8')).toBe('ReadOnly');
      expect(existsSync(lower('ReadOnly/new')) || existsSync(lower('out'))).toBe(false);
    });

    it('shows no place of a photo, by whatever name', async () => {
      const script = `cat a.jpg; mv a.jpg a.txt 2>/dev/null; ln a.jpg b.txt 2>/dev/null; cat *.txt 2>/dev/null
        exec 3< a.jpg; rm a.jpg; cat .fuse_hidden*`;
      const { stdout } = await run('bash', ['-c', script], { cwd: daemon.mount, timeoutMs: 30_000 });
      expect(stdout.length).toBeGreaterThan(100);
      expect(stdout).not.toContain(PLACE);
    });

    it('warns loudly that rules about callers match nobody', async () => {
      expect((await on('cat Open/file')).stdout).toBe('Open');
      const { stdout } = await daemon.sluice('status');
      expect(stdout).toContain('warning: the engine fuse-native does not tell who calls');
      expect(daemon.output()).toContain('match NOBODY');
      const explained = (await daemon.json('explain', 'Open/file', '--uid', '0')) as Record<string, unknown>;
      expect(explained).toMatchObject({ action: 'passthrough', outcome: 'cached', uid: 4_294_967_295 });
    });

    it('decides by a new policy with the next request', async () => {
      const applied = await daemon.sluice('policy', 'apply', 'none');
      expect(applied).toMatchObject({ code: 0, stderr: '' });
      expect((await on('cat Secret/file Locked/file')).stdout).toBe('SecretLocked');
      const said = await on('getfattr --only-values -n user.sluice.decision Open/file');
      expect(said.stdout).toContain('action=cached');
      expect(said.stdout).toContain('engine=fuse-native');
    });
  });

  describe('coming and going', () => {
    it('refuses an idmapped mount', async () => {
      await expect(startDaemon({ args: [...ENGINE, '--idmap'] })).rejects.toThrow('idmap');
    });

    it('leaves no mount when it is stopped, nor when its process is killed', async () => {
      daemon = await startDaemon({ policy: 'all', args: ENGINE, guardSeconds: 100 });
      const isMounted = (): boolean => readFileSync('/proc/mounts', 'utf8').includes(` ${daemon.mount} `);
      expect(isMounted()).toBe(true);
      process.kill(daemon.volumeServerPid(), 'SIGKILL');
      await expect.poll(isMounted, { timeout: 5000 }).toBe(false);
      const { volumes } = (await daemon.json('status')) as { volumes: { state: string }[] };
      expect(volumes[0]?.state).toBe('failed');
      expect(await daemon.stop()).toBe(0);
      daemon = await startDaemon({ policy: 'all', args: ENGINE, guardSeconds: 100 });
      const pid = daemon.volumeServerPid();
      expect(await daemon.stop()).toBe(0);
      expect(isMounted() || existsSync(`/proc/${pid}`)).toBe(false);
    });
  });
});
