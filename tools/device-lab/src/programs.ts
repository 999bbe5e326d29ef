/** The host's programs that the lab runs, and the Debian package of each. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '@sluice/live';
import { LabFailure } from './failure.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  gcc: 'gcc',
  ldd: 'libc-bin',
  make: 'make',
  'mkfs.ext4': 'e2fsprogs',
  patch: 'patch',
  'qemu-system-x86_64': 'qemu-system-x86',
  setpriv: 'util-linux',
  tar: 'tar',
  xz: 'xz-utils',
};

const MINUTE_MS = 60_000;

/** One sentence that names what is missing and how to get it; undefined if all is there. `programs`: with their packages. */
export function missingPrograms(
  path = process.env['PATH'] ?? '',
  programs = PROGRAMS,
  who = 'The device lab',
): string | undefined {
  const missing = Object.keys(programs).filter((program) => !isOnPath(program, path));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))];
  return `${who} needs ${missing.join(', ')}: apt-get install ${packages.join(' ')}`;
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program to its end; its standard output. Throws a {@link LabFailure} with its last words. */
export async function execute(
  program: string,
  args: readonly string[],
  options: { cwd?: string; minutes?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { minutes = 10, ...rest } = options;
  const { code, stdout, stderr } = await run(program, args, { ...rest, timeoutMs: minutes * MINUTE_MS });
  if (code === 0) return stdout;
  const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-8).join('\n');
  throw new LabFailure(`${[program, ...args].join(' ')}: exit ${code}\n${words}`);
}
