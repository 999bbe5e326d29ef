import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { readCommand } from './runtime.ts';

describe('the command that starts a program of ours', () => {
  const line = (...words: string[]): string => words.map((word) => `${word}\0`).join('');
  const LOADER = '/r/ld-linux-aarch64.so.1';

  it('is the runtime itself where it was started directly', () => {
    const words = line('/usr/bin/node', '--no-warnings', '/a/program.cjs');
    expect(readCommand('/usr/bin/node', words)).toEqual({ program: '/usr/bin/node', args: [] });
    expect(readCommand('/opt/ld.software/node', words).args).toEqual([]);
  });

  it('is the loader line where a loader started the runtime', () => {
    const args = ['--library-path', '/r', '/r/node'];
    const words = line(LOADER, ...args, '/app/sluiced.cjs', '--state', 's');
    expect(readCommand(LOADER, words)).toEqual({ program: LOADER, args });
  });

  it('has all options of the loader, with the words that some of them take', () => {
    const args = ['--inhibit-cache', '--argv0', 'sluiced', '--preload', '', '/r/node'];
    expect(readCommand('/r/ld.so', line('ld.so', ...args, '--no-warnings', 'a.cjs')).args).toEqual(args);
  });

  it('is refused where the command line says nothing', () => {
    for (const words of ['', line(LOADER), line(LOADER, '--library-path', '/r')])
      expect(() => readCommand(LOADER, words)).toThrow('does not tell which runtime');
  });

  it('starts a program again from within a runtime that a loader started', ({ skip }) => {
    const directory = '/lib64';
    const name = existsSync(directory)
      ? readdirSync(directory).find((each) => each.startsWith('ld-linux'))
      : undefined;
    if (name === undefined) return skip('a loader in /lib64');
    const inner = JSON.stringify(`process.stdout.write('inner ' + process.execPath)`);
    const contents = `import { spawnSync } from 'node:child_process';
      import { runtimeCommand } from './runtime.ts';
      const { program, args } = runtimeCommand();
      spawnSync(program, [...args, '-e', ${inner}], { stdio: 'inherit' });`;
    const resolveDir = dirname(fileURLToPath(import.meta.url));
    const options = { bundle: true, platform: 'node', write: false } as const;
    const outer = buildSync({ ...options, stdin: { contents, resolveDir } }).outputFiles[0]?.text ?? '';
    const words = [process.execPath, '-e', outer];
    const started = spawnSync(`${directory}/${name}`, words, { encoding: 'utf8' });
    expect(started.stderr).toBe('');
    expect(started.stdout).toMatch(/^inner \S*ld-linux/);
  });
});
