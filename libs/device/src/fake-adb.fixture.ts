/** An adb that is a program of its own, so that arguments, exit codes and outputs are real; what it answers is a script. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adbProgram, type AdbProgram } from './adb-program.ts';

export interface Rule {
  /** Of the arguments, joined by blanks. */
  match: string;
  /** The last argument is run by sh(1), as adbd does with it; `su` is what {@link FakeAdb.su} was told. */
  runs?: boolean;
  /** Where the script finds what it looks for in `/data/adb/sluice`. */
  base?: string;
  out?: string;
  err?: string;
  code?: number;
  /** So much of what the shell says arrives; then the connection is gone, and adb says 0, as the real one does. */
  cutAfterBytes?: number;
  hangs?: boolean;
}

export interface FakeAdb {
  adb: AdbProgram;
  /** Arguments of each call so far. */
  calls(): string[][];
  /** The first that matches answers. */
  rules(...rules: Rule[]): void;
  /** A script that is the device's `su`; without one it has none. */
  su(script: string): void;
  directory: string;
  remove(): void;
}

const PROGRAM = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const home = __dirname;
const words = process.argv.slice(2);
appendFileSync(home + '/calls', JSON.stringify(words) + '\\n');
const rule = JSON.parse(readFileSync(home + '/rules', 'utf8')).find(({ match }) => new RegExp(match, 's').test(words.join(' ')));
if (rule === undefined) { process.stderr.write('fake adb: no rule for ' + words.join(' ') + '\\n'); process.exit(99); }
if (rule.hangs) { setTimeout(() => undefined, 600000); }
else {
  let { out = '', err = '', code = 0 } = rule;
  if (rule.runs) {
    const env = { ...process.env, PATH: home + '/bin:' + process.env.PATH };
    const script = rule.base === undefined ? words.at(-1) : words.at(-1).replaceAll('/data/adb/sluice', rule.base);
    const ran = spawnSync('sh', ['-c', script], { stdio: ['inherit', 'pipe', 'pipe'], env, maxBuffer: 1 << 28 });
    out = ran.stdout; err = ran.stderr; code = ran.status;
  }
  if (rule.cutAfterBytes !== undefined) { out = out.subarray(0, rule.cutAfterBytes); code = 0; }
  process.stdout.write(out, () => process.stderr.write(err, () => process.exit(code)));
}
`;

export function makeFakeAdb(): FakeAdb {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-fake-adb-'));
  const program = join(directory, 'adb');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(program, PROGRAM, { mode: 0o755 });
  writeFileSync(join(directory, 'calls'), '');
  const su = (script: string): void => {
    writeFileSync(join(bin, 'su'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'su'), 0o755);
  };
  return {
    adb: adbProgram(program),
    directory,
    calls: () =>
      readFileSync(join(directory, 'calls'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string[]),
    rules: (...rules) => {
      writeFileSync(join(directory, 'rules'), JSON.stringify(rules));
    },
    su,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
