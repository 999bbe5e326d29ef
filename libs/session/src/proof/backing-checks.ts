/**
 * What the client of a backing directory's trial does in it, as apps do, and what it finds in the lower directory. Run in a
 * thread of its own, in the namespace that has the scratch mount; a call that waits holds up that thread alone.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Scratch, errnoName, sys } from '@sluice/sys';
import { OPCODES } from '@sluice/wire';
import { namedCount, requestCount } from '../counters.ts';
import type { SessionMemory } from '../memory.ts';
import { EXPECTED_REQUESTS } from './backing-file-system.ts';
import { BACKED_CONTENT, BACKED_DIRECTORY, BACKED_FILE } from './backing-report.ts';
import type { BACKING_CHECKS } from './backing-report.ts';
import type { TrialCheck } from './trial-report.ts';

/** No opcode: such requests are counted together. */
const UNKNOWN_OPCODE = 0xffff_fff0;
const OTHER_CONTENT = Buffer.alloc(BACKED_CONTENT.length, 'other');

/** `lower`: path of the lower directory. Adds a check for each thing done; ends early where the directory cannot be opened. */
export function runBackingChecks(
  mountPoint: string,
  lower: string,
  memory: SessionMemory,
  checks: TrialCheck[],
): void {
  const backed = join(mountPoint, BACKED_DIRECTORY);
  const above = (name: string): string => join(backed, name);
  const below = (name: string): string => join(lower, name);
  const check = (name: (typeof BACKING_CHECKS)[number], act: () => string): boolean => {
    const before = unexpectedRequests(memory);
    const found = outcomeOf(act);
    checks.push({ name, ...found, requests: unexpectedRequests(memory) - before });
    return found.ok;
  };
  const isThere = check('lookup', () => {
    closeSync(openSync(backed, constants.O_RDONLY | constants.O_DIRECTORY));
    return same('inode', statSync(backed).ino, statSync(lower).ino);
  });
  if (!isThere) return;
  check('list', () => same('names', readdirSync(backed).toString(), readdirSync(lower).toString()));
  check('read', () => sameBytes(readFileSync(above(BACKED_FILE)), BACKED_CONTENT));
  check('write', () => {
    writeFileSync(above(BACKED_FILE), OTHER_CONTENT, { flag: 'r+' });
    truncateSync(above(BACKED_FILE), 5000);
    return sameBytes(readFileSync(below(BACKED_FILE)), OTHER_CONTENT.subarray(0, 5000));
  });
  check('create', () => {
    writeFileSync(above('made'), BACKED_CONTENT, { flag: 'wx', mode: 0o600 });
    const first = sameBytes(readFileSync(below('made')), BACKED_CONTENT);
    return `${first}; ${same('inode', statSync(above('made')).ino, statSync(below('made')).ino)}`;
  });
  check('rename', () => {
    renameSync(above('made'), above('moved'));
    return same('names', readdirSync(lower).toString(), ['moved', BACKED_FILE].toString());
  });
  check('subdirectory', () => {
    mkdirSync(above('deep'));
    writeFileSync(above('deep/file'), BACKED_CONTENT);
    const first = sameBytes(readFileSync(below('deep/file')), BACKED_CONTENT);
    // Kernels were seen in source to give what is made its parent's inode.
    return `${first}; ${same('inode', statSync(above('deep')).ino, statSync(below('deep')).ino)}`;
  });
  check('attributes', () => missingAttribute(above(BACKED_FILE), below(BACKED_FILE)));
  check('remove', () => {
    unlinkSync(above('deep/file'));
    rmdirSync(above('deep'));
    unlinkSync(above('moved'));
    if (statSync(above('moved'), { throwIfNoEntry: false }) !== undefined)
      throw new Different('a removed name is there');
    return same('names', readdirSync(lower).toString(), BACKED_FILE);
  });
}

/** Requests that a kernel with a backing directory has no reason to send. */
function unexpectedRequests(memory: SessionMemory): number {
  const all = OPCODES.reduce((sum, { number }) => sum + requestCount(memory, number), 0);
  return all + requestCount(memory, UNKNOWN_OPCODE) - namedCount(memory, EXPECTED_REQUESTS);
}

class Different extends Error {}

function outcomeOf(act: () => string): Pick<TrialCheck, 'ok' | 'detail' | 'errno'> {
  try {
    return { ok: true, detail: act() };
  } catch (error) {
    if (error instanceof Different) return { ok: false, detail: error.message };
    const { syscall, errno } = error as NodeJS.ErrnoException;
    if (syscall === undefined || errno === undefined) throw error;
    return { ok: false, detail: `${syscall} failed with ${errnoName(errno)}`, errno: -errno };
  }
}

function same(what: string, found: string | number, wanted: string | number): string {
  if (found === wanted) return `the same ${what} as below`;
  throw new Different(`${what}: ${found} instead of ${wanted}`);
}

function sameBytes(found: Buffer, wanted: Buffer): string {
  if (found.equals(wanted)) return `${found.length} bytes as they should be`;
  throw new Different(`${found.length} bytes, other than the ${wanted.length} that should be there`);
}

/** What is said of an attribute that is not there: some kernels took the errno for a length. */
function missingAttribute(above: string, below: string): string {
  const scratch = new Scratch(4096);
  try {
    const [first, second] = [above, below].map((path) => {
      const fd = openSync(path, 'r');
      try {
        return sys.getxattr(fd, scratch.string(Buffer.from('user.sluice-none')), 0, 0);
      } finally {
        closeSync(fd);
      }
    }) as [number, number];
    return same('answer', first < 0 ? errnoName(first) : first, second < 0 ? errnoName(second) : second);
  } finally {
    scratch.release();
  }
}
