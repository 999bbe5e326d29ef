import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cpu } from '@sluice/device';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandFailure } from '../exit-codes.ts';

const NAMES: Readonly<Record<Cpu, string>> = { arm64: 'arm64', x64: 'x86-64' };

/** `--bundle`, else what `npm run package` makes for this CPU. @throws CommandFailure if it is not there. */
export function bundleFile(option: string | undefined, cpu: Cpu, cwd: string): string {
  if (option !== undefined) return resolve(cwd, option);
  const file = join(repository(), 'dist', `sluice-${packageJson.version}-${NAMES[cpu]}.tar.xz`);
  if (existsSync(file)) return file;
  throw new CommandFailure(
    `there is no ${file}: build it with npm run package -- ${NAMES[cpu]}, or name one with --bundle`,
  );
}

/** `--module`, else what `npm run package:module` makes. @throws CommandFailure if it is not there. */
export function moduleFile(option: string | undefined, cwd: string): string {
  if (option !== undefined) return resolve(cwd, option);
  const file = join(repository(), 'dist', `sluice-${packageJson.version}-module.zip`);
  if (existsSync(file)) return file;
  throw new CommandFailure(
    `there is no ${file}: build it with npm run package:module, or name one with --module`,
  );
}

/** Both src/device/ and dist/ lie below apps/sluice. */
function repository(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package-lock.json')) && root !== dirname(root)) root = dirname(root);
  return root;
}
