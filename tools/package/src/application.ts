/** The application of one CPU: bundled programs, the addon, shell scripts that start them, licences. No source maps. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execute } from '@sluice/device-lab';
import { CPUS } from './cpus.ts';
import type { Cpu } from './cpus.ts';
import { licenceTexts, packageDirectories } from './licences.ts';
import { ROOT } from './root.ts';

const SCRIPTS = join(ROOT, 'tools/package/files/bin');
/** Where the machine is in an ELF header (elf.h: e_machine), two bytes. */
const ELF_MACHINE_AT = 18;

/** Why the engine on libfuse 2 cannot be chosen from a bundle; its server is there, and says so. */
export const ABSENT = {
  'fuse-native':
    'the npm package fuse-native brings libfuse 2 for x86-64 with a system C library only; on a device there is neither',
} as const;

/** Fills `app` and `bin` of the directory. The addon is compiled; everything else was built before. */
export async function buildApplication(cpu: Cpu, directory: string): Promise<void> {
  const app = join(directory, 'app');
  mkdirSync(join(app, 'licenses'), { recursive: true });
  const inputs = await bundle(app);
  await execute(process.execPath, [join(ROOT, 'libs/sys/build.mjs'), '--target', cpu]);
  const addon = `sluice_sys.${cpu}.node`;
  cpSync(join(ROOT, 'libs/sys/dist', addon), join(app, addon));
  checkMachine(join(app, addon), cpu);
  cpSync(join(ROOT, 'LICENSE'), join(app, 'licenses/sluice.txt'));
  const bundled = packageDirectories(inputs);
  writeFileSync(join(app, 'licenses/npm-packages.txt'), licenceTexts(ROOT, bundled));
  cpSync(SCRIPTS, join(directory, 'bin'), { recursive: true });
  for (const name of readdirSync(app)) if (/\.(cjs|node)$/.test(name)) chmodSync(join(app, name), 0o644);
  for (const name of readdirSync(join(directory, 'bin'))) {
    chmodSync(join(directory, 'bin', name), name.endsWith('.sh') ? 0o644 : 0o755);
  }
}

/** The names of all files that went into the programs, relative to the repository's root. */
async function bundle(app: string): Promise<string[]> {
  const list = `${app}.inputs`;
  try {
    await execute(process.execPath, [join(ROOT, 'tools/package/bundle-programs.mjs'), app, list]);
    return JSON.parse(readFileSync(list, 'utf8')) as string[];
  } finally {
    rmSync(list, { force: true });
  }
}

/** A compiler named by CC makes files for its own CPU, whatever was asked for. */
function checkMachine(file: string, cpu: Cpu): void {
  if (!existsSync(file)) throw new Error(`${file} was not built`);
  const machine = readFileSync(file).readUInt16LE(ELF_MACHINE_AT);
  if (machine !== CPUS[cpu].elfMachine) {
    throw new Error(
      `${file} is for another CPU (ELF machine ${machine}, ${CPUS[cpu].elfMachine} was expected): unset CC`,
    );
  }
}
