/** The whole command against a fake backend behind a real socket, in a directory with a few policies. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { startControlServer, type ControlServer } from '@sluice/control';
import { BROKEN_POLICY, DISAPPOINTED_POLICY, FakeBackend, SUSPICIOUS_POLICY } from '@sluice/control/testing';
import { main } from './main.ts';

export const ADD = ['volume', 'add', 'photos', '--source', '/data/media/0', '--mount', '/mnt/photos'];

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Program {
  /** Of the test at hand, without volumes at its start. */
  readonly backend: FakeBackend;
  readonly directory: string;
  /** What Ctrl-C would call. */
  readonly interrupts: Set<() => void>;
  run(words: string[], colour?: boolean, env?: Record<string, string>): Promise<Ran>;
  /** With `--json`, parsed; fails unless the command succeeds and complains of nothing. */
  runJson(...words: string[]): Promise<unknown>;
}

/** Call at the top of a test file. */
export function useProgram(): Program {
  let directory = '';
  let server: ControlServer | undefined;
  let backend = new FakeBackend();
  const interrupts = new Set<() => void>();
  // One socket for all tests: the backend behind it is swapped, so that each test begins without volumes.
  const current = new Proxy({} as FakeBackend, {
    get: (_, name) => {
      const member: unknown = Reflect.get(backend, name);
      return typeof member === 'function' ? member.bind(backend) : member;
    },
  });
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
    server = await startControlServer({
      socketPath: join(directory, 'control.sock'),
      backend: current,
      allowedUids: [process.getuid?.() ?? -1],
      log: () => undefined,
    });
    writeFileSync(join(directory, 'broken.yaml'), BROKEN_POLICY);
    writeFileSync(join(directory, 'suspicious.yaml'), SUSPICIOUS_POLICY);
    writeFileSync(join(directory, 'disappointed.yaml'), DISAPPOINTED_POLICY);
    writeFileSync(join(directory, 'fine.yaml'), 'rules: []\n');
    writeFileSync(join(directory, 'latin1.yaml'), Buffer.from([0x23, 0xe9]));
    mkdirSync(join(directory, 'all'));
  });
  afterAll(async () => {
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    backend = new FakeBackend();
    interrupts.clear();
  });
  const run: Program['run'] = async (words, colour = false, env = {}) => {
    const ran = { out: '', err: '' };
    const code = await main(words, {
      out: (text) => void (ran.out += text),
      err: (text) => void (ran.err += text),
      colour,
      cwd: directory,
      env: { SLUICE_SOCKET: join(directory, 'control.sock'), ...env },
      uid: 1000,
      onInterrupt: (callback) => {
        interrupts.add(callback);
        return () => void interrupts.delete(callback);
      },
    });
    return { code, ...ran };
  };
  return {
    get backend() {
      return backend;
    },
    get directory() {
      return directory;
    },
    interrupts,
    run,
    runJson: async (...words) => {
      const { code, out, err } = await run([...words, '--json']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      return JSON.parse(out);
    },
  };
}
