/** Starting and stopping as a user does it: what is said when it cannot be, and that nothing stays behind. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, sh } from './index.ts';
import type { CommandResult } from './index.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const SLUICED = join(ROOT, 'apps/sluiced/dist/sluiced.cjs');
/** In the environment of every process started here, and so of those that they start. */
const MARK = 'SLUICE_START_TEST';
const READY_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 2000;

/** A directory with everything a start needs, new for each test. */
let base: string;
let source: string;
let mount: string;
let state: string;

beforeEach(() => {
  base = mkdtempSync('/var/tmp/sluice-start-');
  [source, mount, state] = [join(base, 'lower'), join(base, 'mount'), join(base, 'state')];
  for (const directory of [source, mount]) mkdirSync(directory);
  writeFileSync(join(source, 'file'), 'content');
});

afterEach(async () => {
  for (const pid of processesLeft()) process.kill(pid, 'SIGKILL');
  for (const path of mountsLeft()) await run('umount', ['-l', path]);
  rmSync(base, { recursive: true, force: true });
});

/** Without the npm settings of this machine and of an npm that runs the tests: npm warns of those it does not know. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  return { ...Object.fromEntries(own), npm_config_userconfig: '/dev/null', [MARK]: base };
}

function processesLeft(): number[] {
  const mark = `${MARK}=${base}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false; // ended meanwhile
      }
    })
    .map(Number);
}

function mountsLeft(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${base}/`));
}

function left(): object {
  return { mounts: mountsLeft(), processes: processesLeft() };
}

const NOTHING = { mounts: [], processes: [] };

/** The words of a plain start; later ones of the same name win. */
function plain(...more: string[]): string[] {
  const engine = process.env['SLUICE_ENGINE'];
  const chosen = engine === undefined ? [] : ['--engine', engine];
  return ['--source', source, '--mount', mount, '--state', state, ...chosen, ...more];
}

function sluiced(...args: string[]): Promise<CommandResult> {
  return run(process.execPath, [SLUICED, ...args], { env: environment(), timeoutMs: 30_000 });
}

/** One line that matches, the exit code, and nothing started or mounted. */
function expectRefusal(result: CommandResult, code: 1 | 2, sentence: RegExp): void {
  expect(result.stderr.split('\n')).toEqual([expect.stringMatching(sentence), '']);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(left()).toEqual(NOTHING);
}

interface Started {
  child: ChildProcess;
  output: () => string;
  /** Exit code, or the name of the signal that ended it. */
  ended: Promise<number | string | null>;
}

function start(program: string, args: string[], cwd = ROOT): Started {
  // A process group of its own stands for a terminal's foreground group.
  const child = spawn(program, args, { cwd, env: environment(), detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  return { child, output: () => output, ended };
}

async function startReady(program: string, args: string[], cwd = ROOT): Promise<Started> {
  const started = start(program, args, cwd);
  await expect.poll(started.output, { timeout: READY_WITHIN_MS, interval: 10 }).toContain('Ctrl-C');
  return started;
}

describe('a start that cannot be', () => {
  it('is refused for a mount point that is not empty', async () => {
    writeFileSync(join(mount, 'something'), '');
    expectRefusal(
      await sluiced(...plain()),
      1,
      /^The mount point \S+mount is not empty: choose or make an empty/,
    );
  });

  it('is refused for a source that is not there', async () => {
    rmSync(source, { recursive: true });
    expectRefusal(await sluiced(...plain()), 2, /^The source \S+lower does not exist .*: make it first\.$/);
  });

  it('is refused for a mount point inside the source', async () => {
    const inside = join(source, 'inside');
    mkdirSync(inside);
    expectRefusal(
      await sluiced(...plain('--mount', inside)),
      2,
      /lies inside the source \S+: choose one outside/,
    );
  });

  it('is refused for a policy that is neither file nor preset, and names the presets', async () => {
    const sentence =
      /^The policy nosuch is neither a file nor a preset \(android-media, all, none, big-files, auto\)\.$/;
    expectRefusal(await sluiced(...plain('--policy', 'nosuch')), 2, sentence);
  });

  it('is refused for a broken policy file, with file, line and column', async () => {
    const policy = join(base, 'policy.yaml');
    writeFileSync(
      policy,
      'version: 1\ndefault: cached\nrules:\n  - match: { path: "**" }\n    action: fly\n',
    );
    expectRefusal(await sluiced(...plain('--policy', policy)), 2, /: \S+policy\.yaml:5:13: /);
  });

  it('is refused for a configuration that is not YAML, with line and column', async () => {
    const config = join(base, 'sluice.yaml');
    writeFileSync(config, 'volumes:\n  - source: lower\n    mount: [mount\n');
    expectRefusal(await sluiced('--state', state, '--config', config), 2, /^\S+sluice\.yaml:\d+:\d+: /);
  });

  it('is refused for a configuration with a wrong value, with line and column', async () => {
    const config = join(base, 'sluice.yaml');
    writeFileSync(config, 'volumes:\n  - source: lower\n    mount: mount\n    timeout: soon\n');
    const sentence = /^\S+sluice\.yaml:4:14: volumes\.0\.timeout: .*expected number/;
    expectRefusal(await sluiced('--state', state, '--config', config), 2, sentence);
  });

  it('is refused as a whole if the second of two volumes is', async () => {
    const config = join(base, 'sluice.yaml');
    writeFileSync(
      config,
      'volumes:\n  - { source: lower, mount: mount }\n  - { source: lower, mount: nowhere }\n',
    );
    expectRefusal(
      await sluiced('--state', state, '--config', config),
      2,
      /^The mount point \S+nowhere does not/,
    );
  });

  it('is refused for an option that does not exist', async () => {
    expectRefusal(await sluiced(...plain('--bogus')), 2, /^unknown option '--bogus' \(see --help\)$/);
  });

  it('is refused for a word too many', async () => {
    expectRefusal(await sluiced(...plain('word')), 2, /^What is "word"\? \(see --help\)$/);
  });

  it('is refused for a state directory too deep for a socket', async () => {
    const deep = join(base, 'x'.repeat(120));
    expectRefusal(
      await sluiced(...plain('--state', deep)),
      2,
      /at most 107 are possible; choose a shorter one/,
    );
  });

  it('is refused while another daemon has the state directory, and not afterwards', async () => {
    const first = await startReady(process.execPath, [SLUICED, ...plain()]);
    const other = join(base, 'other');
    mkdirSync(other);
    const second = await sluiced(...plain('--mount', other));
    const sentence = new RegExp(
      `^Another sluiced \\(pid ${first.child.pid}\\) runs on the state directory \\S+; stop`,
    );
    expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(sentence) as string });
    expect(mountsLeft()).toEqual([mount]);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    const third = await startReady(process.execPath, [SLUICED, ...plain('--mount', other)]);
    third.child.kill('SIGINT');
    expect(await third.ended).toBe(0);
  });
});

describe('a start without root', () => {
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];

  it('and without fusermount3 is refused in one sentence', async (context) => {
    if ((await run('setpriv', [...nobody, '--version'])).code !== 0) {
      context.skip('a Node that other users than root can run');
    }
    // The repository may lie where only root can look.
    for (const part of ['apps/sluiced/dist', 'libs/sys/dist']) {
      cpSync(join(ROOT, part), join(base, part), { recursive: true });
    }
    chmodSync(base, 0o755);
    const program = join(base, 'apps/sluiced/dist/sluiced.cjs');
    mkdirSync(state, { recursive: true });
    chownSync(state, 65_534, 65_534);
    const env = { ...environment(), PATH: '/nonexistent' };
    const result = await run('/usr/bin/setpriv', [...nobody, program, ...plain()], { env });
    expectRefusal(
      result,
      1,
      /fusermount3, which is not on PATH; .*apt-get install fuse3\), or .* as root\.$/,
    );
  });
});

describe('a daemon that is stopped', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s leaves no mount and no process',
    async (signal) => {
      const { child, ended } = await startReady(process.execPath, [SLUICED, ...plain()]);
      expect(await sh(`cat ${mount}/file`)).toMatchObject({ code: 0, stdout: 'content' });
      child.kill(signal);
      expect(await ended).toBe(0);
      expect(left()).toEqual(NOTHING);
      expect(readdirSync(mount)).toEqual([]);
      expect(readdirSync(source)).toEqual(['file']);
      expect(readdirSync(join(state, 'scratch'))).toEqual([]);
    },
  );

  it('by SIGKILL leaves no mount and no process two seconds later', async () => {
    const { child, ended } = await startReady(process.execPath, [SLUICED, ...plain()]);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await expect.poll(left, { timeout: GONE_WITHIN_MS, interval: 50 }).toEqual(NOTHING);
  });

  it.each([50, 100, 150, 200, 250, 300, 400])(
    'by Ctrl-C %i ms after its start leaves no mount and no process',
    async (ms) => {
      const { child, ended } = start(process.execPath, [SLUICED, ...plain()]);
      await new Promise((resolve) => setTimeout(resolve, ms));
      process.kill(-(child.pid ?? 0), 'SIGINT');
      // Before the daemon has looked at its command line the signal ends it as it would any program.
      expect([0, 'SIGINT']).toContain(await ended);
      await expect.poll(left, { timeout: GONE_WITHIN_MS, interval: 50 }).toEqual(NOTHING);
    },
  );
});

describe('a configuration with two volumes', () => {
  it('serves both, its paths taken from where it lies', async () => {
    for (const directory of ['second-lower', 'second']) mkdirSync(join(base, directory));
    writeFileSync(join(base, 'second-lower', 'file'), 'second content');
    const config = join(base, 'sluice.yaml');
    writeFileSync(
      config,
      `state: state
volumes:
  - { name: one, source: lower, mount: mount }
  - { name: two, source: second-lower, mount: second, policy: all, timeout: 0 }
`,
    );
    const { child, ended } = await startReady(process.execPath, [SLUICED, '--config', config]);
    expect(mountsLeft().sort()).toEqual([mount, join(base, 'second')]);
    expect(await sh(`cat ${mount}/file ${base}/second/file`)).toMatchObject({
      code: 0,
      stdout: 'contentsecond content',
    });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(left()).toEqual(NOTHING);
  });
});

describe('npm start', () => {
  it('takes relative paths from where it is called, and Ctrl-C ends it with nothing left', async () => {
    const cwd = join(ROOT, 'docs');
    const options = ['--source', relative(cwd, source), '--mount', relative(cwd, mount), '--state', state];
    const { child, ended, output } = await startReady('npm', ['start', '--', ...options], cwd);
    expect(await sh(`cat ${mount}/file`)).toMatchObject({ code: 0, stdout: 'content' });
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended).toBe(0);
    expect(left()).toEqual(NOTHING);
    expect(output()).not.toContain('npm error');
  });

  it('passes on the exit code and adds nothing to the sentence', async () => {
    const result = await run('npm', ['start', '--', '--bogus'], { cwd: ROOT, env: environment() });
    expect(result).toMatchObject({ code: 2, stderr: "unknown option '--bogus' (see --help)\n" });
  });
});
