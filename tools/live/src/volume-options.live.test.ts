import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sh, startDaemon } from './daemon.ts';
import type { RunningDaemon } from './daemon.ts';

/** setpriv's words for somebody without any privilege. */
const USER = 'setpriv --reuid 12345 --regid 12345 --clear-groups';

let daemon: RunningDaemon;

async function start(...args: string[]): Promise<void> {
  daemon = await startDaemon({ policy: 'all', timeoutSeconds: 0, args });
  // Users have to be able to reach it.
  await sh(`chmod 755 ${daemon.directory}`);
}

async function lines(script: string): Promise<string[]> {
  const { stdout, stderr } = await sh(script, { cwd: daemon.mount });
  return [stdout, stderr].join('').trim().split('\n');
}

afterEach(async () => {
  await daemon.stop();
});

describe('a volume with the ownership android', () => {
  it('shows and makes everything as media_rw has it', async () => {
    await start('--ownership', 'android');
    writeFileSync(join(daemon.source, 'before'), 'text', { mode: 0o644 });
    mkdirSync(join(daemon.source, 'directory'), { mode: 0o700 });
    expect(await lines('stat -c "%n %u %g %a" before directory .')).toEqual([
      'before 1023 1023 660',
      'directory 1023 1023 770',
      '. 1023 1023 770',
    ]);
    await sh('umask 077; echo new > file; mkdir made; ln -s x link; mkfifo fifo', { cwd: daemon.mount });
    expect(await lines(`cd ${daemon.source}; stat -c "%n %u %g %a" file made link fifo`)).toEqual([
      'file 1023 1023 660',
      'made 1023 1023 770',
      'link 1023 1023 777',
      'fifo 1023 1023 660',
    ]);
  });

  it('lets chmod and chown succeed without effect, and the rest of a change happen', async () => {
    await start('--ownership', 'android');
    writeFileSync(join(daemon.source, 'file'), 'text');
    expect(await lines('chmod 777 file && chown 5:6 file && stat -c "%u %g %a" file')).toEqual([
      '1023 1023 660',
    ]);
    const below = statSync(join(daemon.source, 'file'));
    expect([below.uid, below.gid, below.mode & 0o777]).toEqual([0, 0, 0o644]);
    await sh('truncate -s 2 file; touch -d @1000 file', { cwd: daemon.mount });
    expect(await lines('stat -c "%s %Y" file')).toEqual(['2 1000']);
  });

  it('lets in whom the shown modes let in', async () => {
    await start('--ownership', 'android');
    writeFileSync(join(daemon.source, 'file'), 'text', { mode: 0o600 });
    expect(await lines(`${USER} cat file`)).toEqual(['cat: file: Permission denied']);
    const member = 'setpriv --reuid 12345 --regid 12345 --groups 1023';
    expect(await lines(`${member} sh -c 'cat file; echo; echo more > file; cat file'`)).toEqual([
      'text',
      'more',
    ]);
  });
});

describe('the options suid and dev of a volume', () => {
  const useBoth = `cp "$(command -v id)" id && chmod u+s id && mknod null c 1 3 && chmod 666 null`;

  it('let set-id bits and device files count', async () => {
    await start('--suid', '--dev');
    await sh(useBoth, { cwd: daemon.mount });
    expect(await lines(`${USER} ./id -u; ${USER} sh -c 'echo x > null && echo written'`)).toEqual([
      '0',
      'written',
    ]);
  });

  it('are off by default', async () => {
    await start();
    await sh(useBoth, { cwd: daemon.mount });
    const [id, written] = await lines(`${USER} ./id -u; ${USER} sh -c 'echo x > null && echo written'`);
    expect(id).toBe('12345');
    expect(written).toContain('Permission denied');
  });
});

describe('the options of a volume', () => {
  it('are shown by status as they are in force', async () => {
    await start('--locks', 'local', '--no-acl', '--descriptors', '64');
    const { volumes } = (await daemon.json('status')) as { volumes: { storage: unknown }[] };
    expect(volumes[0]?.storage).toEqual({
      engine: 'session',
      ownership: 'preserve',
      locks: 'local',
      acl: false,
      idmap: false,
      suid: false,
      dev: false,
      cachedDescriptors: 64,
    });
    const holder = `exec 9<file; flock -x 9; cd ${daemon.source}; exec 8<file; flock -n 8 && echo not seen below`;
    expect(await lines(`touch file; ${holder}`)).toEqual(['not seen below']);
  });
});
