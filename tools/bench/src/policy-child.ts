/**
 * One measurement of the policy compiler in a process of its own: what a compilation takes in a program that has just
 * started. Reads a policy that is parsed already from the file named, and prints one line of JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { compilePolicy, loadPolicy, PolicyImage, type Policy } from '@sluice/policy';
import type { PolicyFigures } from './policy-figures.ts';

const MiB = 2 ** 20;
const DECISIONS = 2_000_000;
/** Paths and kinds of callers that a policy of 10 rules has as well. */
const FEW = 10;

/** Bytes of resident memory: at its peak since `resetPeak`, and now. */
function resident(field: 'VmHWM' | 'VmRSS'): number {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? NaN) * 1024;
}

/** proc(5): 5 sets the peak to what is resident now. */
function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function statesOf(image: PolicyImage, paths: readonly string[]): number[] {
  return paths.map((path) => {
    let state = image.rootState;
    for (const name of path.split('/')) {
      const bytes = new TextEncoder().encode(name);
      state = image.step(state, bytes, 0, bytes.length);
    }
    return state;
  });
}

/** Nanoseconds per decision, about paths and callers in turn. */
function decisionNanoseconds(image: PolicyImage, paths: readonly string[], classes: number): number {
  const states = Int32Array.from(statesOf(image, paths));
  const sizes = Float64Array.from([0, 5000, 70_000, 2e6, 3e8]);
  let sum = 0;
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const caller = (i * 7) % classes;
      sum += image.decide(states[i % states.length] ?? 0, caller, 0, (i & 7) + 1, sizes[i % 5] ?? 0);
    }
  };
  run(DECISIONS / 4);
  const start = performance.now();
  run(DECISIONS);
  const elapsed = performance.now() - start;
  // The sum keeps the loop from being left out.
  return sum === -1 ? NaN : (elapsed * 1e6) / DECISIONS;
}

const [file = '', textFile = ''] = process.argv.slice(2);
const { policy, paths } = deserialize(readFileSync(file)) as { policy: Policy; paths: string[] };
globalThis.gc?.();
resetPeak();
const before = resident('VmRSS');
const start = performance.now();
const startCpu = process.cpuUsage();
const { image } = compilePolicy(policy);
const compileMs = performance.now() - start;
const { user, system } = process.cpuUsage(startCpu);
const compileCpuMs = (user + system) / 1000;
const compileMiB = (resident('VmHWM') - before) / MiB;
if (!image) throw new Error('the policy does not compile');
const compiled = new PolicyImage(image.buffer as ArrayBuffer, 0);
const fewNanoseconds = decisionNanoseconds(compiled, paths.slice(0, FEW), Math.min(FEW, compiled.classes));
const nanoseconds = decisionNanoseconds(compiled, paths, compiled.classes);
const text = readFileSync(textFile, 'utf8');
const loadStart = performance.now();
loadPolicy(text);
const loadMs = performance.now() - loadStart;
const figures: PolicyFigures = {
  compileMs,
  compileCpuMs,
  compileMiB,
  imageMiB: image.length / MiB,
  nanoseconds,
  fewNanoseconds,
  loadMs,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
