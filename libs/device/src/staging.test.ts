import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bundle } from './bundle.ts';
import { makeFakeAdb, type FakeAdb } from './fake-adb.fixture.ts';
import type { Installed } from './installed.ts';
import { PLACES } from './layout.ts';
import type { BundleFile } from './manifest.ts';
import type { RootShell } from './root-shell.ts';
import { openRootShell } from './root-shell.ts';
import { stage } from './staging.ts';

const ID = '1.2.3-0123456789ab';
const RUNTIME = '0123456789ab';
const INSTALLED: Installed = {
  ...{ current: undefined, previous: undefined, versions: [], runtimes: [], unfinished: [], pid: undefined },
  ...{ listening: false, hasConfig: false, module: false, disabled: undefined },
};
const FULL = 'echo "$(basename "$0"): No space left on device" >&2; exit 1';

let fake: FakeAdb;
beforeEach(() => {
  fake = makeFakeAdb();
  fake.rules({ match: 'shell', runs: true });
  // What a script does to a device is only written down here.
  for (const name of ['mkdir', 'rm', 'gzip', 'cat']) tool(name, 'exit 0');
});
afterEach(() => {
  fake.remove();
});

/** A program of the device. */
function tool(name: string, script: string): void {
  const path = join(fake.directory, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${fake.directory}/done'\n${script}\n`);
  chmodSync(path, 0o755);
}

function done(): string {
  const path = join(fake.directory, 'done');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function bundle(): Bundle {
  const file = (path: string, content: string): BundleFile => {
    writeFileSync(join(fake.directory, path.replace('/', '_')), content);
    return {
      ...{ path, size: content.length, mode: '644' },
      sha256: createHash('sha256').update(content).digest('hex'),
    };
  };
  return {
    manifest: {
      ...{ id: ID, version: '1.2.3', cpu: 'arm64', runtimeId: RUNTIME },
      files: [file('app/sluice.cjs', '// the command\n'), file('runtime/node', 'node')],
    },
    manifestFile: file('manifest.json', '{}'),
    pathOf: ({ path }) => join(fake.directory, path.replace('/', '_')),
    close: () => undefined,
  };
}

/** It fails before anything is written: the directories of the device are not there. */
async function staged(root: RootShell): Promise<unknown> {
  return stage(root, bundle(), INSTALLED, 1 << 30, () => undefined).catch((error: unknown) => error);
}

describe.runIf(process.getuid?.() === 0)('a disk that is full (these tests run as root)', () => {
  const parts = `rm -rf ${PLACES.runtime}/${RUNTIME}.part ${PLACES.versions}/${ID}.part`;

  it('when directories are made is told as such, and what was sent is removed', async () => {
    const root = await openRootShell(fake.adb, 'x');
    tool('mkdir', FULL);
    expect(await staged(root)).toMatchObject({
      kind: 'no-space',
      told: expect.stringMatching(
        /^the preparation of .*no space is left on x; the device is as before; free/,
      ),
    });
    expect(done()).toContain(parts);
  });

  it('is told apart from another failure, after which the next attempt goes on', async () => {
    const root = await openRootShell(fake.adb, 'x');
    tool('mkdir', 'echo "mkdir: Read-only file system" >&2; exit 1');
    expect(await staged(root)).toMatchObject({
      kind: 'command-failed',
      message: 'the preparation of the new version failed on x: mkdir: Read-only file system',
    });
    expect(done()).not.toContain('rm -rf');
  });
});
