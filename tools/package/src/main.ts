/**
 * `npm run package [-- arm64|x86-64 ...]`: makes dist/sluice-VERSION-CPU.tar.xz for each CPU. Exit code 1: a bundle could
 * not be made or has become too large; 2: wrong use, or a program is missing.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheDirectory, packBundle, withStagedBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { CPUS, cpuNamed } from './cpus.ts';
import type { Cpu } from './cpus.ts';
import { inMb } from './limits.ts';
import { missingForPackaging } from './programs.ts';
import { ROOT } from './root.ts';

const progress = (what: string): void => {
  console.error(`preparing: ${what}`);
};

class WrongUse extends Error {}

function wantedCpus(words: readonly string[]): Cpu[] {
  if (words.length === 0) return Object.keys(CPUS) as Cpu[];
  return words.map((word) => {
    const cpu = cpuNamed(word);
    if (cpu === undefined) throw new WrongUse(`There is no CPU ${word}: arm64 and x86-64 can be packaged.`);
    return cpu;
  });
}

function show({ archive, sizes, id, exceeded }: Bundle): void {
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  console.log(relative(process.cwd(), archive));
  console.log(
    `  ${inMb(sizes.compressed)}, unpacked ${inMb(sizes.unpacked)}, application ${inMb(sizes.application)}`,
  );
  console.log(`  version ${id}`);
  console.log(`  sha256 ${digest}`);
  for (const limit of exceeded) console.error(`  too large: ${limit}`);
}

async function main(words: readonly string[]): Promise<number> {
  const cpus = wantedCpus(words);
  const missing = missingForPackaging(cpus);
  if (missing !== undefined) throw new WrongUse(missing);
  mkdirSync(cacheDirectory(), { recursive: true });
  let tooLarge = false;
  for (const cpu of cpus) {
    const bundle = await withStagedBundle(cpu, progress, (staged) =>
      packBundle(staged, join(ROOT, 'dist'), progress),
    );
    show(bundle);
    tooLarge ||= bundle.exceeded.length > 0;
  }
  return tooLarge ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(error instanceof WrongUse ? message : `Packaging failed: ${message}`);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}
