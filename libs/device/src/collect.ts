/** What a bug report needs, from the device into one archive on this side. Nothing is changed. */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeviceFailure } from './failure.ts';
import { PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';

/** Of each log, its end. */
const MOST_LOG_BYTES = 4 * 1024 * 1024;

/** File in the archive → script whose output it is. */
const SOURCES: Readonly<Record<string, string>> = {
  'config.yaml': `cat ${PLACES.config}`,
  'mounts.txt': "grep -E ' (fuse|/data|/mnt|/storage)' /proc/1/mounts",
  'log/sluiced.log': `tail -c ${MOST_LOG_BYTES} ${PLACES.log}/sluiced.log`,
  'log/start.log': `tail -c ${MOST_LOG_BYTES} ${PLACES.log}/start.log`,
  'log/change.log': `tail -c ${MOST_LOG_BYTES} ${PLACES.change}/log`,
  'versions.txt': `ls -lR ${PLACES.versions} ${PLACES.runtime}; ls -l ${PLACES.current} ${PLACES.previous}`,
  'processes.txt':
    'for p in /proc/[0-9]*; do grep -q sluice $p/cmdline 2>/dev/null && { echo "== $p"; tr "\\000" " " < $p/cmdline; echo; cat $p/status; }; done',
  'kernel.txt':
    'uname -a; zcat /proc/config.gz 2>/dev/null | grep FUSE; dmesg 2>/dev/null | grep -i -E "fuse|sluice" | tail -n 200',
};

/** Each as text, by name; what is not there is left out. */
export async function collectFrom(root: RootShell): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, script] of Object.entries(SOURCES)) {
    const { stdout } = await root.run(script, { purpose: `the reading of ${name}` });
    if (stdout.length > 0) found.set(name, stdout.toString());
  }
  return found;
}

/** Components that say nothing about anybody: where Android and Sluice keep things. */
const KNOWN = new Set(
  (
    'data adb sluice versions runtime current previous app bin state logs log policies change run control.sock mnt user ' +
    'emulated storage media pass_through default read write full self proc sys dev fuse fs Android obb sdcard 0 10 ' +
    'config.yaml sluiced.log start.log manifest.json modules sluiced sluiced.cjs sluice.cjs volume-server.cjs ' +
    'volume-thread.cjs system packages.list local tmp vendor product apex ext4 f2fs cgroup'
  ).split(' '),
);

/**
 * Replaces what may be a path: words with a `/`, and each component that is not well known by a keyed hash. Equal names
 * stay equal within one report; the key is kept nowhere. A name with a blank in it is two words, of which the second
 * has no `/` and stays, unless the path stands in quotes.
 */
export function pathHasher(key: Buffer = randomBytes(32)): (text: string) => string {
  const hashed = (component: string): string =>
    component === '' || KNOWN.has(component) || /^(\.+|[*?]+)$/.test(component)
      ? component
      : `~${createHmac('sha256', key).update(component).digest('hex').slice(0, 12)}`;
  const path = (text: string): string => text.split('/').map(hashed).join('/');
  const isPath = (inner: string): boolean =>
    !/[{}]/.test(inner) && (inner.startsWith('/') || !/\s/.test(inner));
  return (text) =>
    text
      .replace(/"([^"\n]*\/[^"\n]*)"/g, (whole, inner: string) =>
        isPath(inner) ? `"${path(inner)}"` : whole,
      )
      .replace(
        /(^|[\s=:,(<[{'"])([^\s"'=:,()<>[\]{}~]*\/[^\s"',:()<>[\]{}~]*)/gm,
        (_, before: string, word: string) => before + path(word),
      );
}

/** Writes the archive, a gzip'd tar, readable by its owner alone. @throws DeviceFailure if tar cannot. */
export async function writeArchive(
  file: string,
  top: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-collect-'));
  try {
    for (const [name, text] of files) {
      const path = join(directory, top, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o600 });
    }
    await tar(['-c', '-z', '-f', file, '-C', directory, top]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function tar(words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('tar', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2048)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new DeviceFailure('command-failed', `tar cannot write the archive: ${said.trim()}`));
    });
  });
}
