/** What the device suite is made of: checks in order, the command line as a user has it, builds that differ. */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@sluice/live';
import type { CommandResult } from '@sluice/live';
import type { Device } from './device-machine.ts';
import { LabFailure, reasonOf } from './failure.ts';

/** src/ and dist/ lie three folders down alike. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const SLUICE = join(ROOT, 'apps/sluice/dist/sluice.cjs');
const COMMAND_WITHIN_MS = 240_000;
/** SLUICE_DEVICE_ONLY: the checks whose names match, and what they stand on has to be among them. */
const ONLY = new RegExp(process.env['SLUICE_DEVICE_ONLY'] ?? '');

export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly figures: string[] = [];

  async check(name: string, act: () => Promise<void>): Promise<void> {
    if (!ONLY.test(name)) {
      this.skipped++;
      return;
    }
    const began = Date.now();
    const taken = (): string => `(${((Date.now() - began) / 1000).toFixed(1)} s)`;
    try {
      await act();
      this.passed++;
      console.log(`  ok      ${name} ${taken()}`);
    } catch (error) {
      this.failed++;
      console.log(`  FAILED  ${name} ${taken()}\n${reasonOf(error).replaceAll(/^/gm, '            ')}`);
    }
  }

  /** A figure with its limit; fails beyond it. */
  figure(name: string, value: number, limit: number, unit: string): void {
    const text = `${name}: ${value.toFixed(2)} ${unit} (limit ${limit} ${unit})`;
    this.figures.push(text);
    expect(value < limit, text);
  }
}

export function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new LabFailure(otherwise);
}

/** The command line of a user whose adb sees one device. */
export class User {
  readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  sluice(...words: string[]): Promise<CommandResult> {
    const options = { env: this.device.adbEnvironment, timeoutMs: COMMAND_WITHIN_MS };
    return run(process.execPath, [SLUICE, ...words], options);
  }

  /** The same with `--json`, parsed. Throws if it fails. */
  async json(...words: string[]): Promise<any> /* eslint-disable-line @typescript-eslint/no-explicit-any */ {
    const { code, stdout, stderr } = await this.sluice(...words, '--json');
    expect(code === 0, `sluice ${words.join(' ')}: exit ${code}: ${stderr}${stdout}`);
    return JSON.parse(stdout);
  }

  /** The error of a command that must fail; `error.message` says in what state the device is. */
  async refused(...words: string[]): Promise<{ code: string; message: string }> {
    const { code, stdout, stderr } = await this.sluice(...words, '--json');
    expect(
      code === 1,
      `sluice ${words.join(' ')} should have failed with 1, not ${code}: ${stderr}${stdout}`,
    );
    return (JSON.parse(stderr) as { error: { code: string; message: string } }).error;
  }

  /** Starts a command and calls `react` when it says `words` on standard error; the exit code and all it said. */
  async interrupted(
    words: string[],
    said: string,
    react: () => Promise<void>,
  ): Promise<{ code: number; stderr: string }> {
    const child = spawn(process.execPath, [SLUICE, ...words], {
      env: this.device.adbEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    let reacted: Promise<void> | undefined;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes(said)) reacted ??= react();
    });
    const late = setTimeout(() => child.kill('SIGKILL'), COMMAND_WITHIN_MS);
    const code = await new Promise<number>((resolve) => child.once('close', (status) => { resolve(status ?? 137); })); // prettier-ignore
    clearTimeout(late);
    await reacted;
    expect(reacted !== undefined, `it never said "${said}": ${stderr}`);
    return { code, stderr };
  }

  /** A script as root on the device, however it gives root. */
  async root(script: string): Promise<string> {
    const { adb } = this.device;
    const quoted = `'${script.replaceAll("'", `'\\''`)}'`;
    const { code, stdout, stderr } = await adb.shell(
      `if [ "$(id -u)" = 0 ]; then sh -c ${quoted}; else su -c ${quoted}; fi`,
    );
    expect(code === 0, `${script}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  }
}

interface ManifestText {
  files: { path: string; size: number; sha256: string }[];
}

/** Another build: the same but for these files, each with a line more. An unpacked bundle, as `--bundle` takes it. */
export function variant(bundle: string, directory: string, lines: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  cpSync(bundle, directory, { recursive: true });
  const file = join(directory, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as ManifestText;
  for (const [path, line] of Object.entries(lines)) {
    appendFileSync(join(directory, path), line);
    const bytes = readFileSync(join(directory, path));
    const entry = manifest.files.find((each) => each.path === path);
    expect(entry !== undefined, `the bundle has no ${path}`);
    Object.assign(entry ?? {}, {
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  }
  writeFileSync(file, JSON.stringify(manifest));
  return directory;
}
