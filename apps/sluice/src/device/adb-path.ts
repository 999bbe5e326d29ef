import { resolve } from 'node:path';
import type { Terminal } from '../terminal.ts';

/** `--adb`, else the variable ADB, else `adb` on the PATH. */
export function adbPathOf(option: string | undefined, { env, cwd }: Terminal): string {
  const given = option ?? (env['ADB'] || 'adb');
  return given.includes('/') ? resolve(cwd, given) : given;
}
