/**
 * `npm test`: prepares the clone, then runs every check and every test, whatever fails, and ends with one line over all
 * of them: `N passed, N failed, N skipped`. A check (build, types, lint, format) counts as one. Exit code 1 if anything
 * failed or nothing was tested.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingCapability } from './capabilities.mjs';
import { isInstalled } from './freshness.mjs';
import { runStage } from './run-stage.mjs';
import { NX_ENVIRONMENT, ROOT, prepare } from './steps.mjs';
import { addTallies, closingLine, tallyOfCheck, tallyOfMachines, tallyOfReport } from './tally.mjs';

const MINUTE_MS = 60_000;
const CHECKS = [
  { name: 'types', program: 'typescript/bin/tsc', words: ['-p', 'tsconfig.json'] },
  { name: 'lint', program: 'eslint/bin/eslint.js', words: ['.', '--max-warnings=0'] },
  { name: 'format', program: 'prettier/bin/prettier.cjs', words: ['--check', '--log-level=warn', '.'] },
];
const SUITES = [
  { name: 'unit', limitMs: 10 * MINUTE_MS },
  { name: 'live', limitMs: 30 * MINUTE_MS, needsMounts: true },
];
/** Suites that boot virtual machines: minutes of emulation, so only where `SLUICE_MACHINES=1` asks for them. */
const MACHINE_SUITES = [
  { name: 'kernels', program: 'tools/device-lab/run.mjs', limitMs: 25 * MINUTE_MS },
  { name: 'devices', program: 'tools/device-lab/test-device.mjs', limitMs: 25 * MINUTE_MS },
];
const CHECK_LIMIT_MS = 5 * MINUTE_MS;
const SKIPPED = { passed: 0, failed: 0, skipped: 1 };

/** Also vitest's and the linter's: they colour what goes to a file or a pipe as well. */
const ENVIRONMENT = { ...process.env, ...NX_ENVIRONMENT, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) };

const summary = [];
let interrupted = false;

/** Runs one stage and keeps its line for the summary. `body` resolves to a tally. */
async function stage(name, body) {
  if (interrupted) return;
  process.stdout.write(`\n=== ${name}\n`);
  const began = Date.now();
  const tally = await body();
  summary.push({ name, tally, seconds: Math.round((Date.now() - began) / 1000) });
}

function packaged(program) {
  return [process.execPath, join(ROOT, 'node_modules', program)];
}

async function check({ program, words }) {
  return tallyOfCheck(
    await runStage([...packaged(program), ...words], {
      cwd: ROOT,
      env: ENVIRONMENT,
      limitMs: CHECK_LIMIT_MS,
    }),
  );
}

async function suite({ name, limitMs, needsMounts }) {
  const missing = needsMounts ? missingCapability() : undefined;
  if (missing !== undefined) {
    process.stdout.write(`skipped: ${missing}\n`);
    return SKIPPED;
  }
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  try {
    const report = join(directory, 'report.json');
    const outcome = await runStage(
      [
        ...packaged('vitest/vitest.mjs'),
        ...['run', '--project', name],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ],
      { cwd: ROOT, env: ENVIRONMENT, limitMs },
    );
    return tallyOfReport(read(report), outcome);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function machines({ program, limitMs }) {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  try {
    const report = join(directory, 'tally.json');
    const env = { ...ENVIRONMENT, SLUICE_TALLY: report };
    const outcome = await runStage([process.execPath, join(ROOT, program)], { cwd: ROOT, env, limitMs });
    return tallyOfMachines(read(report), outcome);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Undefined where the test runner did not get as far as its report. */
function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (interrupted = true));

await stage('build', () => {
  const failure = prepare({});
  if (failure !== undefined) process.stdout.write(`${failure}\n`);
  return tallyOfCheck({ ok: failure === undefined });
});
// Without packages there is no program to run any other stage with.
const canGoOn = isInstalled(ROOT);
for (const it of CHECKS) await stage(it.name, () => (canGoOn ? check(it) : SKIPPED));
for (const it of SUITES) await stage(it.name, () => (canGoOn ? suite(it) : SKIPPED));
if (process.env.SLUICE_MACHINES === '1') {
  for (const it of MACHINE_SUITES) await stage(it.name, () => (canGoOn ? machines(it) : SKIPPED));
}

process.stdout.write('\n              passed  failed  skipped\n');
for (const { name, tally, seconds } of summary) {
  const counts = [tally.passed, tally.failed, tally.skipped]
    .map((count) => String(count).padStart(8))
    .join('');
  process.stdout.write(`${name.padEnd(7)}${String(seconds).padStart(4)} s ${counts}\n`);
}
const total = addTallies(summary.map(({ tally }) => tally));
const tests = addTallies(
  summary.filter(({ name }) => SUITES.some((it) => it.name === name)).map((it) => it.tally),
);
process.stdout.write(`\n${interrupted ? 'stopped before the end\n' : ''}${closingLine(total)}\n`);
process.exitCode = interrupted || total.failed > 0 || tests.passed === 0 ? 1 : 0;
