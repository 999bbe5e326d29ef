import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from './bundle.fixture.ts';

/** Android's shell is mksh with toybox's tools; busybox's is the nearest that Debian has. */
const SHELLS = ['/bin/sh', 'busybox sh'];

let home: string;

beforeEach(() => {
  // A name that has to be quoted.
  home = mkdtempSync(join(tmpdir(), 'sluice scripts-'));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Installed as on a device; the base. */
function install(): string {
  const base = join(home, 'base');
  mkdirSync(join(base, 'versions'), { recursive: true });
  mkdirSync(join(base, 'runtime'));
  const { id, manifest } = makeBundle(join(base, 'new'));
  renameSync(join(base, 'new/runtime'), join(base, 'runtime', manifest.runtime.id));
  renameSync(join(base, 'new'), join(base, 'versions', id));
  symlinkSync(`../../runtime/${manifest.runtime.id}`, join(base, 'versions', id, 'runtime'));
  symlinkSync(`versions/${id}`, join(base, 'current'));
  return base;
}

function start(
  shell: readonly string[],
  script: string,
  words: string[] = [],
  env: NodeJS.ProcessEnv = {},
  cwd = '/',
) {
  const [program = '', ...rest] = shell;
  const { status, stdout, stderr } = spawnSync(program, [...rest, script, ...words], {
    encoding: 'utf8',
    cwd,
    env: { PATH: '/usr/bin:/bin', ...env },
  });
  const [variables = '', ...line] = stdout.replace(/\n$/, '').split('\n');
  const [socket, command, preload] = variables.split('|');
  return { status, stderr, socket, command, preload, line };
}

describe.each(SHELLS)('in %s', (shell) => {
  const words = shell.split(' ');

  it('the daemon of an installed version starts by the loader of its runtime, with the configuration and the state of its base', () => {
    const base = install();
    const started = start(words, join(base, 'current/bin/sluiced'));
    const version = join(base, readlinkSync(join(base, 'current')));
    const runtime = join(
      base,
      'runtime',
      readlinkSync(join(version, 'runtime')).slice('../../runtime/'.length),
    );
    expect(started).toMatchObject({ status: 0, stderr: '', command: join(base, 'current/bin/sluice') });
    expect(started.line).toEqual([
      ...['--inhibit-cache', '--library-path', runtime, join(runtime, 'node')],
      ...[
        join(version, 'app/sluiced.cjs'),
        '--state',
        join(base, 'state'),
        '--config',
        join(base, 'config.yaml'),
      ],
    ]);
    expect(readlinkSync(join(base, 'run'))).toBe('state');
    expect(readlinkSync(join(base, 'log'))).toBe('state/logs');
    // Once more: the links are there already.
    expect(start(words, join(base, 'current/bin/sluiced'))).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(base, 'state'))).toBe(false);
  });

  it('the daemon of an installed version gets its mount points, which a boot has taken away', () => {
    const base = install();
    const point = (name: string): string => join(home, 'mnt', name);
    mkdirSync(point('there'), { recursive: true });
    writeFileSync(
      join(base, 'config.yaml'),
      [
        'volumes:',
        '  - name: media',
        `    source: ${point('source')}`,
        `    mount: ${point('bare')}  # as people write it`,
        `  - mount: "${point('quoted')}"`,
        `  - mount: ${point('there')}`,
        '  - mount: relative',
        '  # mount: /commented',
        '',
      ].join('\n'),
    );
    const started = start(words, join(base, 'current/bin/sluiced'), [], {}, home);
    expect(started).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(home, 'mnt')).sort()).toEqual(['bare', 'quoted', 'there']);
    expect(readdirSync(home).sort()).toEqual(['base', 'mnt']);
  });

  it('words go to the daemon as they are, after the state directory', () => {
    const base = install();
    const { line } = start(words, join(base, 'current/bin/sluiced'), ['--source', '/a dir', '--mount', '']);
    expect(line.slice(5)).toEqual(['--state', join(base, 'state'), '--source', '/a dir', '--mount', '']);
  });

  it('an archive that was unpacked anywhere is its own base, and shows a demo', () => {
    const base = join(home, 'unpacked here');
    makeBundle(base);
    const { line, command } = start(words, 'bin/sluiced', [], {}, base);
    expect(line.slice(4)).toEqual([join(base, 'app/sluiced.cjs'), '--state', join(base, 'state')]);
    expect(command).toBe(join(base, 'bin/sluice'));
  });

  it('the command finds the socket of its base, unless another is named', () => {
    const base = install();
    const sluice = join(base, 'current/bin/sluice');
    expect(start(words, sluice, ['status'])).toMatchObject({
      socket: join(base, 'run/control.sock'),
      command: sluice,
    });
    expect(start(words, sluice, ['status'], { SLUICE_SOCKET: '/x' }).socket).toBe('/x');
    expect(start(words, sluice, ['status'], { SLUICE_HOME: '/other' }).socket).toBe(
      '/other/run/control.sock',
    );
  });

  it('a link to a script anywhere else leads to the same place', () => {
    const base = install();
    symlinkSync(join(base, 'current/bin/sluice'), join(home, 'sluice'));
    expect(start(words, join(home, 'sluice')).socket).toBe(join(base, 'run/control.sock'));
  });

  it('nothing that the environment preloads comes along', () => {
    const base = install();
    expect(start(words, join(base, 'current/bin/sluice'), [], { LD_PRELOAD: '' }).preload).toBe('');
  });

  it('a version without its runtime says so', () => {
    const base = install();
    rmSync(join(base, 'runtime'), { recursive: true });
    writeFileSync(join(base, 'runtime'), '');
    const { status, stderr } = start(words, join(base, 'current/bin/sluice'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/there is no runtime at .*: install this version again/);
  });
});
