/**
 * `npm run test:kernels [MACHINE ...]`: boots each machine, checks it, prints a line for each check and ends with
 * `N passed, N failed, N skipped`. Exit code 1 if anything failed, 2 if the lab cannot be set up here.
 */
import { LabFailure } from './failure.ts';
import { openLab } from './lab.ts';
import { MACHINES } from './machines.ts';
import { runMachine } from './run-machine.ts';
import type { Section } from './run-machine.ts';
import { writeTally } from './tally-file.ts';

const total = { passed: 0, failed: 0, skipped: 0 };
const times: string[] = [];

function show({ name, outcomes, skipped, seconds }: Section): void {
  console.log(`\n  ${name} (${seconds.toFixed(1)} s)`);
  for (const { name: check, error, seconds: taken } of outcomes) {
    const long = taken !== undefined && taken >= 1 ? ` (${taken.toFixed(1)} s)` : '';
    console.log(`    ${error === null ? 'ok    ' : 'FAILED'}  ${check}${long}`);
    if (error !== null) console.log(indented(error));
    total[error === null ? 'passed' : 'failed']++;
  }
  if (skipped > 0) console.log(`    ${skipped} skipped themselves`);
  total.skipped += skipped;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '            ');
}

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((name) => !MACHINES.some((machine) => machine.name === name));
  if (unknown !== undefined)
    throw new LabFailure(
      `There is no machine ${unknown}: there are ${MACHINES.map(({ name }) => name).join(', ')}`,
    );
  const began = Date.now();
  const lab = await openLab((what) => {
    console.log(`preparing: ${what}`);
  });
  times.push(`preparation ${seconds(began)}`);
  for (const spec of MACHINES) {
    if (wanted.length > 0 && !wanted.includes(spec.name)) continue;
    const { release } = lab.kernels[spec.kernel];
    console.log(`\n=== ${spec.name} (Linux ${release}, emulated)`);
    const started = Date.now();
    await runMachine(lab, spec, show);
    times.push(`${spec.name} ${seconds(started)}`);
  }
  console.log(`\n${times.join(', ')}, all ${seconds(began)}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  writeTally(total);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}

// Machines and what was made for them go with this process, if it ends in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LabFailure)) throw error;
  console.error(`The device lab cannot run: ${error.message}`);
  process.exitCode = 2;
}
