/**
 * `node tools/bench/policy.mjs [--rounds N]`: what compiling policies of 10,000 rules takes, and a decision by them beside
 * one by 10 rules of the same shape, measured in the same round. Prints a table of medians with lowest and highest.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serialize } from 'node:v8';
import { parsePolicy } from '@sluice/policy';
import type { PolicyFigures } from './policy-figures.ts';
import { POLICY_SHAPES, type PolicyShape } from './policy-shapes.ts';
import { ratioSpread, spread, type Spread } from './statistics.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'policy-child.mjs');
const FEW = 10;
const MANY = 10_000;
const PATHS = 1000;

/** Writes what a child reads; a policy that does not parse is a fault of this program. */
function prepare(directory: string, shape: PolicyShape, rules: number): [string, string] {
  const text = shape.text(rules);
  const { policy, diagnostics } = parsePolicy(text);
  if (!policy) throw new Error(`${shape.name}: ${diagnostics[0]?.message ?? ''}`);
  const paths = Array.from({ length: PATHS }, (_, i) => shape.path((i * 37) % rules, rules));
  const files: [string, string] = [
    join(directory, `${String(rules)}.bin`),
    join(directory, `${String(rules)}.yaml`),
  ];
  writeFileSync(files[0], serialize({ policy, paths }));
  writeFileSync(files[1], text);
  return files;
}

function measure(files: readonly string[]): PolicyFigures {
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', CHILD, ...files], { encoding: 'utf8' }),
  ) as PolicyFigures;
}

function shown({ median, lowest, highest }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)}-${highest.toFixed(digits)})`;
}

function main(): void {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
    throw new Error('--rounds: write a number from 1 to 100');
  const directory = mkdtempSync(join(tmpdir(), 'sluice-policy-bench-'));
  try {
    process.stdout.write(
      '| 10,000 rules | compile ms | CPU ms | MiB above before | image MiB | parse and compile ms | ns per decision, 1,000 paths | beside 10 rules | ns, 10 paths | beside 10 rules |\n',
    );
    process.stdout.write('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n');
    for (const shape of POLICY_SHAPES) {
      const [few, many] = [prepare(directory, shape, FEW), prepare(directory, shape, MANY)];
      const pairs = Array.from({ length: rounds }, () => [measure(few), measure(many)] as const);
      const of = (field: keyof PolicyFigures): number[] => pairs.map(([, figures]) => figures[field]);
      const besideFew = (field: keyof PolicyFigures): string => {
        const ratio = ratioSpread(
          of(field),
          pairs.map(([figures]) => figures[field]),
        );
        return ratio ? `${shown(ratio, 2)} x` : '';
      };
      const columns = [
        shape.name,
        shown(spread(of('compileMs')), 0),
        shown(spread(of('compileCpuMs')), 0),
        shown(spread(of('compileMiB')), 0),
        shown(spread(of('imageMiB')), 1),
        shown(spread(of('loadMs')), 0),
        shown(spread(of('nanoseconds')), 0),
        besideFew('nanoseconds'),
        shown(spread(of('fewNanoseconds')), 0),
        besideFew('fewNanoseconds'),
      ];
      process.stdout.write(`| ${columns.join(' | ')} |\n`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

main();
