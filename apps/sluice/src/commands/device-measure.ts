import { Option, type Command } from 'commander';
import type { Start } from '../context.ts';
import { CommandFailure } from '../exit-codes.ts';
import { measure, type Arm } from '../device/measuring.ts';

/** Runs on a device, called by `sluice device bench`: compares directories, and prints JSON. */
export function addMeasure(program: Command, start: Start): void {
  program
    .command('measure', { hidden: true })
    .argument('<arms...>', 'name=directory, the first to compare with')
    .addOption(new Option('--mib <n>').argParser(Number).default(32))
    .addOption(new Option('--rounds <n>').argParser(Number).default(5))
    .addOption(new Option('--seconds <n>').argParser(Number).default(60))
    .action(
      (words: string[], options: { mib: number; rounds: number; seconds: number }, command: Command) => {
        const context = start(command);
        const arms = words.map((word): Arm => {
          const at = word.indexOf('=');
          if (at < 1) throw new CommandFailure(`${word} is no name=directory`);
          return { name: word.slice(0, at), directory: word.slice(at + 1) };
        });
        context.printJson(measure(arms, options.mib, options.rounds, options.seconds * 1000));
      },
    );
}
