/**
 * Runs inside a machine: starts the built daemon as a user would and looks at what it makes of this kernel.
 * Arguments: the expected dialect, the size in MiB of a file that passes through and of one that is served, how many opens.
 * One {@link Outcome} a line.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { POLICY_BY_CALLER, run, sh, startDaemon } from '@sluice/live';
import type { RunningDaemon } from '@sluice/live';
import type { Outcome } from './outcome.ts';

const [expected = 'none', passedMib = '1', servedMib = '1', opens = '1'] = process.argv.slice(2);
const passes = expected !== 'none';
const FILES = 100;
const SEQUENCES = '200';
const LOWER = '/var/tmp/lab-lower';

let failed = false;

async function check(name: string, body: () => Promise<string | undefined>): Promise<void> {
  const began = performance.now();
  const error = (await body().catch((reason: unknown) => String(reason))) ?? null;
  failed ||= error !== null;
  const outcome: Outcome = { name, error, seconds: (performance.now() - began) / 1000 };
  console.log(JSON.stringify(outcome));
}

/** A start has half a minute, which the first one on a busy host may exceed: its program comes off a cold disk. */
async function startPatiently(): Promise<RunningDaemon> {
  const start = (): Promise<RunningDaemon> =>
    startDaemon({ source: LOWER, policy: 'all', guardSeconds: 1800 });
  return start().catch(start).catch(start);
}

async function script(text: string, cwd: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await sh(text, { cwd, timeoutMs: 600_000 });
  return code === 0 ? undefined : `exit ${code}: ${stdout}${stderr}`;
}

type Mode = 'passthrough' | 'cached' | 'direct';

async function apply(daemon: RunningDaemon, policy: string): Promise<void> {
  const file = join(daemon.directory, 'policy.yaml');
  writeFileSync(file, policy);
  await daemon.json('policy', 'apply', file);
}

function openEverythingAs(daemon: RunningDaemon, mode: Mode): Promise<void> {
  return apply(daemon, `version: 1\ndefault: ${mode}\n`);
}

/** Runs a program of the live tests whose callers choose how they open. `said`: what it must say, and nothing else. */
async function openByCaller(
  daemon: RunningDaemon,
  program: string,
  words: readonly string[],
  said: string,
): Promise<string | undefined> {
  for (const each of [daemon.directory, daemon.source]) chmodSync(each, 0o777);
  await apply(daemon, POLICY_BY_CALLER);
  const path = fileURLToPath(new URL(`../../live/src/${program}`, import.meta.url));
  const { code, stdout, stderr } = await run('python3', [path, daemon.mount, ...words], {
    timeoutMs: 600_000,
  });
  return code === 0 && stdout === said ? undefined : `exit ${code}: ${stdout}${stderr}`;
}

/** Written, copied and appended through the mount, and compared with what lies beneath it. Why not, or undefined. */
async function roundTrip(daemon: RunningDaemon, mode: Mode, mib: string): Promise<string | undefined> {
  await openEverythingAs(daemon, mode);
  const before = await daemon.requests();
  const { code, stderr } = await run(
    'python3',
    [fileURLToPath(new URL('../guest/round-trip.py', import.meta.url)), daemon.mount, daemon.source, mib],
    { timeoutMs: 600_000 },
  );
  if (code !== 0) return `exit ${code}: ${stderr}`;
  const after = await daemon.requests();
  const [read, written] = ['READ', 'WRITE'].map((name) => (after[name] ?? 0) - (before[name] ?? 0));
  if (mode === 'passthrough')
    return read === 0 && written === 0
      ? undefined
      : `${String(read)} READ and ${String(written)} WRITE requests reached the daemon`;
  // Every byte is the daemon's, or the check has not tested it.
  return written === 0 ? `no WRITE request reached the daemon under the policy ${mode}` : undefined;
}

async function checkDaemon(daemon: RunningDaemon): Promise<void> {
  await check(`the trial reports ${expected}`, async () => {
    const { volumes } = (await daemon.json('status')) as {
      volumes: { passthrough: Record<string, unknown> }[];
    };
    const seen = volumes[0]?.passthrough ?? {};
    return seen['dialect'] === expected && seen['proven'] === passes ? undefined : JSON.stringify(seen);
  });
  const modes: readonly Mode[] = passes ? ['cached', 'direct', 'passthrough'] : ['cached', 'direct'];
  for (const mode of modes) {
    const mib = mode === 'passthrough' ? passedMib : servedMib;
    const way = mode === 'passthrough' ? 'past the daemon' : 'through it';
    await check(`a file of ${mib} MiB makes the round trip, opened ${mode}, and its data goes ${way}`, () =>
      roundTrip(daemon, mode, mib),
    );
  }
  await check(
    `${SEQUENCES} sequences of opens, closes and unlinks in every mode earn no error and no stale byte`,
    // Of 6 steps each, at random, the same in each run.
    () => openByCaller(daemon, 'open-sequences.py', ['6', SEQUENCES, '1'], `{"sequences": ${SEQUENCES}}\n`),
  );
  await check('what is written direct is seen by who has it cached and mapped', () =>
    openByCaller(daemon, 'beside-direct.py', ['4', '50'], '{"rounds": 200}\n'),
  );
  await openEverythingAs(daemon, 'passthrough');
  await check('a shared mapping shows what is written, and writes what is shown', () =>
    script(
      `python3 -c 'import mmap, os
fd = os.open("mapped", os.O_CREAT | os.O_RDWR, 0o644)
os.write(fd, b"a" * 4096)
view = mmap.mmap(fd, 4096)
os.pwrite(fd, b"b", 0)
assert view[:2] == b"ba", view[:2]
view[1] = ord("c")
view.flush()
assert os.pread(fd, 2, 0) == b"bc"
assert open("${daemon.source}/mapped", "rb").read(2) == b"bc"'`,
      daemon.mount,
    ),
  );
  await check(`${opens} opens and closes of ${FILES} files leave no registration behind`, () =>
    noRegistrationLeft(daemon),
  );
}

async function noRegistrationLeft(daemon: RunningDaemon): Promise<string | undefined> {
  for (let i = 0; i < FILES; i++) writeFileSync(join(daemon.source, `file-${i}`), 'x');
  const opened = await script(
    `python3 -c 'import os
for i in range(${opens}):
    fd = os.open(f"file-{i % ${FILES}}", os.O_RDONLY)
    assert os.read(fd, 2) == b"x"
    os.close(fd)'`,
    daemon.mount,
  );
  if (opened !== undefined) return opened;
  for (let tries = 0; ; tries++) {
    // What the kernel has forgotten is unregistered.
    await sh('echo 2 > /proc/sys/vm/drop_caches');
    const stats = (await daemon.json('stats')) as {
      volumes: { opens: Record<string, number>; registrations: { live: number; failed: number } }[];
    };
    const { registrations, opens: counted } = stats.volumes[0] ?? {};
    if (registrations?.live === 0 && registrations.failed === 0 && (counted?.['failed'] ?? 0) === 0)
      return undefined;
    if (tries === 20) return JSON.stringify({ registrations, counted });
    await sleep(500);
  }
}

mkdirSync(LOWER);
await script(`mount -t tmpfs -o size=1g tmpfs ${LOWER}`, '/');
try {
  const daemon = await startPatiently();
  try {
    await checkDaemon(daemon);
  } finally {
    await check('the daemon ends with exit code 0', async () => {
      const code = await daemon.stop();
      return code === 0 ? undefined : `exit ${code}: ${daemon.output().slice(-500)}`;
    });
  }
} catch (error) {
  await check('the daemon starts', () => Promise.reject(error));
}
await check('nothing holds the lower file system when the daemon has ended', () =>
  script(
    `for i in $(seq 50); do umount ${LOWER} 2>/dev/null && exit 0; sleep 0.1; done; umount ${LOWER}`,
    '/',
  ),
);
rmSync(LOWER, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
