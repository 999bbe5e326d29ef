import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControlServer, type ControlServer } from '@sluice/control';
import { FakeBackend } from '@sluice/control/testing';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A repository in small: the launcher and a fresh bundle where they lie in the real one. */
let root: string;
let app: string;
let launcher: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
  app = join(root, 'apps', 'sluice');
  launcher = join(app, 'bin', 'sluice.cjs');
  mkdirSync(join(app, 'bin'), { recursive: true });
  copyFileSync(join(home, 'bin', 'sluice.cjs'), launcher);
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function sluice(...words: string[]) {
  const env = { PATH: process.env['PATH'] };
  return spawnSync(launcher, words, { cwd: root, encoding: 'utf8', env });
}

describe('the launcher', () => {
  it('says what to do before anything is built', () => {
    const { status, stderr } = sluice('status');
    expect(status).toBe(1);
    expect(stderr).toContain("run npm run build in the repository's root");
  });
});

describe('the bundle', () => {
  let server: ControlServer;
  const socketPath = () => join(root, '.sluice', 'control.sock');

  beforeAll(async () => {
    execFileSync(process.execPath, [join(home, 'build.mjs'), join(app, 'dist', 'sluice.cjs')]);
    mkdirSync(join(root, '.sluice'));
    const allowedUids = [process.getuid?.() ?? -1];
    const log = () => undefined;
    server = await startControlServer({
      socketPath: socketPath(),
      backend: new FakeBackend(),
      allowedUids,
      log,
    });
  });

  afterAll(async () => {
    await server.close();
  });

  it('is executable and knows its version', () => {
    expect(statSync(join(app, 'dist', 'sluice.cjs')).mode & 0o111).toBe(0o111);
    expect(sluice('--version').stdout).toBe('0.1.0\n');
  });

  it('needs nothing beside it, and finds the daemon of its own repository', async () => {
    const { stdout } = await promisify(execFile)(launcher, ['status', '--json'], { cwd: tmpdir() });
    expect(JSON.parse(stdout)).toMatchObject({ version: '0.1.0', pid: 4242, volumes: [] });
  });

  it('ends with the exit code of the command', () => {
    expect(sluice('reboot').status).toBe(2);
    const { status, stderr } = sluice('status', '--socket', 'none.sock');
    expect(status).toBe(3);
    expect(stderr).toContain(`there is no socket ${join(root, 'none.sock')}`);
  });

  it('does not complain when nobody reads on', () => {
    const reader = `"$1" --help | head -c 1; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync('bash', ['-c', reader, 'bash', launcher], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
