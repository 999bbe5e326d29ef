/**
 * The rules of POSIX and Linux, stated one by one (`operations/`: one file is one operation), on a mount. The same
 * programs run on the bare file system: a rule that does not hold there is not the daemon's fault.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, startDaemon } from '../daemon.ts';
import type { RunningDaemon } from '../daemon.ts';
import { makeExt4 } from './ext4.ts';
import type { Ext4 } from './ext4.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const OPERATIONS = readdirSync(join(HERE, 'operations'))
  .filter((name) => name.endsWith('.py') && name !== '__init__.py')
  .map((name) => name.slice(0, -'.py'.length))
  .sort();

/** Under the policies data passes the daemon or goes through it; the timeout says what the kernel answers by itself. */
const USUAL = [
  { policy: 'all', timeoutSeconds: 1 },
  { policy: 'none', timeoutSeconds: 0 },
];
const MORE = [
  { policy: 'all', timeoutSeconds: 0 },
  { policy: 'none', timeoutSeconds: 1 },
];
/** Both other mounts, and what takes long: the 65,000 links of ext4. */
const SLOW = process.env['CONFORMANCE_SLOW'] !== undefined;

const missing = [
  process.getuid?.() === 0 ? [] : ['root'],
  ['/dev/fuse', '/dev/loop-control'].filter((path) => !existsSync(path)),
  ['setfacl', 'getfacl', 'mkfs.ext4'].filter((program) => !isInstalled(program)),
].flat();
const needs = missing.length === 0 ? '' : ` [needs ${missing.join(', ')}]`;

function isInstalled(program: string): boolean {
  return `${process.env['PATH']}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Empty, or what an operation's program prints: a line per failure, and how many assertions there were. */
async function failures(operation: string, ...directories: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(
    '/usr/bin/python3',
    ['-B', join(HERE, 'run.py'), operation, ...directories],
    { timeoutMs: SLOW ? 240_000 : 100_000 },
  );
  const counted = /^[1-9]\d* assertions, 0 failures$/m.test(stdout);
  return code === 0 && counted ? '' : `exit ${code}\n${stdout}${stderr}`;
}

describe.skipIf(missing.length > 0)(`the rules of POSIX${needs}`, () => {
  let ext4: Ext4;
  beforeAll(async () => {
    ext4 = await makeExt4();
  });
  afterAll(async () => {
    await ext4.remove();
  });

  describe('on the bare file system', () => {
    it.concurrent.each(OPERATIONS)('%s', async (operation) => {
      const bare = join(ext4.directory, operation);
      mkdirSync(bare);
      expect(await failures(operation, bare)).toBe('');
    });
  });

  describe.each(SLOW ? [...USUAL, ...MORE] : USUAL)(
    'under the policy $policy, names kept for $timeoutSeconds s',
    ({ policy, timeoutSeconds }) => {
      let daemon: RunningDaemon;
      beforeAll(async () => {
        daemon = await startDaemon({ base: ext4.directory, policy, timeoutSeconds });
      });
      afterAll(async () => {
        await daemon.stop();
      });

      it.concurrent.each(OPERATIONS)('%s', async (operation) => {
        const lower = join(daemon.source, operation);
        mkdirSync(lower);
        expect(await failures(operation, join(daemon.mount, operation), lower)).toBe('');
      });
    },
  );
});
