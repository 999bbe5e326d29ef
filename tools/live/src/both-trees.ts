/**
 * A mount and a bare directory on the same file system, side by side: what is done to both must come out the same. The
 * bare one is the judge; nothing here knows what the right answer is.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, startDaemon } from './daemon.ts';
import type { CommandResult, DaemonOptions, RunningDaemon } from './daemon.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

export interface BothTrees {
  daemon: RunningDaemon;
  /** New empty directories of one name: on the mount, the same one on the lower tree, and the judge. */
  make(name: string): { mounted: string; lower: string; bare: string };
}

/** Where the tests run: a disk file system and tmpfs. */
export const BASES = ['/var/tmp', '/dev/shm'] as const;
export const POLICIES = ['all', 'none'] as const;
export const CASES = BASES.flatMap((base) => POLICIES.map((policy) => ({ base, policy })));

export async function startBothTrees(options: DaemonOptions): Promise<BothTrees> {
  const daemon = await startDaemon(options);
  return {
    daemon,
    make(name) {
      const lower = join(daemon.source, name);
      const bare = join(daemon.directory, 'bare', name);
      mkdirSync(lower);
      mkdirSync(bare, { recursive: true });
      return { mounted: join(daemon.mount, name), lower, bare };
    },
  };
}

/** Runs one of the Python programs of this folder. */
export function python(
  program: string,
  args: readonly string[],
  timeoutMs = 120_000,
): Promise<CommandResult> {
  return run('/usr/bin/python3', ['-B', join(HERE, program), ...args], { timeoutMs });
}

/** All that a tree holds, a line of JSON per object. Throws if the tree cannot be read whole. */
export async function treeRecord(directory: string): Promise<string> {
  const { code, stdout, stderr } = await python('tree-record.py', [directory]);
  if (code !== 0) throw new Error(`${directory} cannot be recorded: exit ${code}: ${stderr}`);
  return stdout;
}

/** Empty if the lines agree; else the first difference with the lines that led to it. */
export function firstDifference(mounted: string, bare: string): string {
  if (mounted === bare) return '';
  const here = mounted.split('\n');
  const there = bare.split('\n');
  const at = here.findIndex((line, index) => line !== there[index]);
  const index = at < 0 ? here.length : at;
  const before = here.slice(Math.max(0, index - 25), index);
  return [...before, `mount: ${here[index] ?? '(end)'}`, `bare:  ${there[index] ?? '(end)'}`].join('\n');
}
