import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandFailure } from './exit-codes.ts';

/** Of libs/policy, which is loaded only where policies are compiled. A test compares. */
export const PRESETS = ['all', 'none', 'big-files', 'auto', 'android-media'] as const;

export function presetNames(): string {
  return PRESETS.join(', ');
}

export interface PolicySource {
  /** The file's text, or the preset's bare name, which the daemon resolves. */
  text: string;
  /** The file as it was named, or `preset:<name>`. */
  fileName: string;
}

/** @throws CommandFailure if there is no such file, or it is not UTF-8. */
export function readPolicyFile(file: string, cwd: string): PolicySource {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), fileName: file };
  } catch {
    throw new CommandFailure(`${file} is not UTF-8 text`);
  }
}

/** A file that exists goes before a preset of the same name. @throws CommandFailure if the words name neither. */
export function policyFromFileOrPreset(given: string, cwd: string): PolicySource {
  const isFile = statSync(resolve(cwd, given), { throwIfNoEntry: false })?.isDirectory() === false;
  if (isFile) return readPolicyFile(given, cwd);
  if (PRESETS.some((preset) => preset === given)) return { text: given, fileName: `preset:${given}` };
  throw new CommandFailure(`${given} is neither a file nor a preset (${PRESETS.join(', ')})`);
}
