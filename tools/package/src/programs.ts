/** The host's programs that packaging runs, and the Debian package of each. */
import { missingPrograms } from '@sluice/device-lab';
import { CPUS } from './cpus.ts';
import type { Cpu } from './cpus.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  npm: 'npm',
  readelf: 'binutils',
  tar: 'tar',
  xz: 'xz-utils',
};

/** One sentence that names what is missing and how to get it; undefined if all is there. */
export function missingForPackaging(
  cpus: readonly Cpu[],
  more: Readonly<Record<string, string>> = {},
  path?: string,
): string | undefined {
  const programs: Record<string, string> = { ...PROGRAMS, ...more };
  for (const cpu of cpus) {
    programs[strip(cpu)] =
      cpu === process.arch ? 'binutils' : `binutils-${CPUS[cpu].gnuTriplet.replace('_', '-')}`;
    if (cpu !== process.arch)
      programs[`${CPUS[cpu].gnuTriplet}-gcc`] = `gcc-${CPUS[cpu].gnuTriplet.replace('_', '-')}`;
  }
  return missingPrograms(path, programs, 'Packaging');
}

/** The program that strips this CPU's files. */
export function strip(cpu: Cpu): string {
  return cpu === process.arch ? 'strip' : `${CPUS[cpu].gnuTriplet}-strip`;
}
