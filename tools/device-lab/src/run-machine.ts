/** Everything that is checked in one machine. */
import { LabFailure, reasonOf } from './failure.ts';
import type { Lab } from './lab.ts';
import { readReport, SELECTIONS } from './live-suite.ts';
import { bootMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import type { FuseSetting, MachineSpec } from './machines.ts';
import { parseOutcomes } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** Where the repository's disk is in a machine, and the lab in it. */
const REPOSITORY = '/sluice';
const LAB = `${REPOSITORY}/tools/device-lab`;
const MODULE = 'fuse.ko';
const CHECKS_WITHIN_S = 1200;
const LIVE_WITHIN_S = 900;

export interface Section {
  name: string;
  outcomes: readonly Outcome[];
  skipped: number;
  seconds: number;
}

export type Report = (section: Section) => void;

/** Boots the machine, hands each section to `report` as it is done, and ends the machine. */
export async function runMachine(lab: Lab, spec: MachineSpec, report: Report): Promise<void> {
  let machine: Machine | undefined;
  let failed = false;
  const section = async (
    name: string,
    body: () => Promise<Pick<Section, 'outcomes'> & { skipped?: number }>,
  ): Promise<void> => {
    const began = Date.now();
    const done = await body().catch((error: unknown) => ({
      outcomes: [{ name, error: reasonOf(error) }],
      skipped: 0,
    }));
    failed ||= done.outcomes.some(({ error }) => error !== null);
    report({ skipped: 0, ...done, name, seconds: (Date.now() - began) / 1000 });
  };
  try {
    await section('boot', async () => {
      machine = await bootMachine(lab, {
        name: spec.name,
        kernel: lab.kernels[spec.kernel],
        files: { [MODULE]: lab.fuseModule },
      });
      const { release } = lab.kernels[spec.kernel];
      const error = machine.release === release ? null : `runs ${machine.release}, not ${release}`;
      return { outcomes: [{ name: `the agent answers on ${release}`, error }] };
    });
    if (machine === undefined) return;
    const booted: Machine = machine;
    for (const setting of spec.settings) {
      if (setting.fuse !== 'debian')
        await section(`${setting.fuse}: the double`, () => checkDouble(booted, setting.fuse));
      await section(`${setting.fuse}: the daemon`, () => checkDaemon(booted, setting));
    }
    const { live } = spec;
    if (live !== 'none') await section('live tests', () => runLiveTests(booted, SELECTIONS[live]));
    await section('the kernel', () => checkLog(booted));
  } finally {
    if (failed && machine !== undefined) console.log(`\n  its console: ${machine.keepConsole()}`);
    await machine?.stop();
  }
}

/** The outcomes a program printed; a failure of its own if it printed none, or ended badly though none failed. */
async function outcomesOf(machine: Machine, argv: readonly string[]): Promise<{ outcomes: Outcome[] }> {
  const result = await machine.run(argv, { cwd: LAB, timeoutSeconds: CHECKS_WITHIN_S });
  const outcomes = parseOutcomes(result.stdout);
  const noneFailed = outcomes.every(({ error }) => error === null);
  if (outcomes.length === 0 || (noneFailed && result.code !== 0)) {
    const how = result.timedOut ? `did not end in ${CHECKS_WITHIN_S} s` : `exit ${result.code}`;
    outcomes.push({ name: argv.join(' '), error: `${how}\n${result.stderr.slice(-2000)}` });
  }
  return { outcomes };
}

async function checkDouble(machine: Machine, dialect: string): Promise<{ outcomes: Outcome[] }> {
  const loaded = await machine.run(
    ['bash', `${LAB}/guest/load-fuse.sh`, `${REPOSITORY}/${MODULE}`, `passthrough=${dialect}`],
    {},
  );
  if (loaded.code !== 0) throw new LabFailure(`the module does not load: ${loaded.stderr}`);
  return outcomesOf(machine, ['python3', `${LAB}/guest/double/run.py`, dialect]);
}

function checkDaemon(machine: Machine, setting: FuseSetting): Promise<{ outcomes: Outcome[] }> {
  const { expectedDialect, passedMib, servedMib, opens } = setting;
  return outcomesOf(machine, [
    ...['node', `${LAB}/dist/guest-checks.mjs`],
    ...[expectedDialect, String(passedMib), String(servedMib), String(opens)],
  ]);
}

async function runLiveTests(
  machine: Machine,
  files: readonly string[],
): Promise<{ outcomes: Outcome[]; skipped: number }> {
  const report = '/tmp/live.json';
  const result = await machine.run(
    [
      ...['node', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'live'],
      ...['--reporter=json', `--outputFile=${report}`, ...files.map((file) => `tools/live/src/${file}`)],
    ],
    { cwd: REPOSITORY, timeoutSeconds: LIVE_WITHIN_S },
  );
  const written = await machine.run(['cat', report]);
  if (written.code !== 0) {
    const how = result.timedOut ? `did not end in ${LIVE_WITHIN_S} s` : `exit ${result.code}`;
    throw new LabFailure(`vitest ${how}: ${(result.stdout + result.stderr).slice(-2000)}`);
  }
  return readReport(written.stdout, files);
}

/** A kernel that has lost something says so in its log. */
async function checkLog(machine: Machine): Promise<{ outcomes: Outcome[] }> {
  const { stdout } = await machine.run(['dmesg', '--level=emerg,alert,crit,err,warn']);
  const bad = stdout
    .split('\n')
    .filter((line) => /BUG:|WARNING:|Oops|general protection|hung task/.test(line));
  return {
    outcomes: [{ name: 'reports no fault of its own', error: bad.length === 0 ? null : bad.join('\n') }],
  };
}
