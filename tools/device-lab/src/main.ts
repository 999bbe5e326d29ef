/**
 * `npm run test:kernels [MACHINE ...]`: boots each machine, checks it, prints a line for each check when the machine is done,
 * and ends with `N passed, N failed, N skipped`. Exit code 1 if anything failed, 2 if the lab cannot be set up here.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LabFailure } from './failure.ts';
import { openLab } from './lab.ts';
import type { Lab } from './lab.ts';
import { MACHINES } from './machines.ts';
import type { MachineSpec } from './machines.ts';
import { runMachine } from './run-machine.ts';
import type { Report, Section } from './run-machine.ts';

/** A machine keeps little more than one core busy; its daemon and what calls it take turns. */
const AT_ONCE = Math.min(2, availableParallelism());

const total = { passed: 0, failed: 0, skipped: 0 };
const times: string[] = [];

/** What is printed of a machine, in one piece: several are at work at the same time. */
class MachineText implements Report {
  readonly #lines: string[];

  constructor(title: string) {
    this.#lines = [`\n=== ${title}`];
  }

  section({ name, outcomes, skipped, seconds }: Section): void {
    this.#lines.push(`\n  ${name} (${seconds.toFixed(1)} s)`);
    for (const { name: check, error, seconds: taken } of outcomes) {
      const long = taken !== undefined && taken >= 1 ? ` (${taken.toFixed(1)} s)` : '';
      this.#lines.push(`    ${error === null ? 'ok    ' : 'FAILED'}  ${check}${long}`);
      if (error !== null) this.#lines.push(indented(error));
      total[error === null ? 'passed' : 'failed']++;
    }
    if (skipped > 0) this.#lines.push(`    ${skipped} skipped themselves`);
    total.skipped += skipped;
  }

  console(path: string): void {
    this.#lines.push(`\n  its console: ${path}`);
  }

  print(): void {
    console.log(this.#lines.join('\n'));
  }
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
  const waiting = MACHINES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const takeTurns = async (): Promise<void> => {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) await check(lab, spec);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
  console.log(`\n${times.join(', ')}, all ${seconds(began)}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  const tally = process.env['SLUICE_TALLY'];
  if (tally !== undefined) writeFileSync(tally, JSON.stringify(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function check(lab: Lab, spec: MachineSpec): Promise<void> {
  const { release } = lab.kernels[spec.kernel];
  const text = new MachineText(`${spec.name} (Linux ${release}, emulated)`);
  const started = Date.now();
  try {
    await runMachine(lab, spec, text);
  } finally {
    text.print();
  }
  times.push(`${spec.name} ${seconds(started)}`);
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
