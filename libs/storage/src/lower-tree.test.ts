import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRNO, O } from '@sluice/sys';
import { OPCODE, OPEN_OUT } from '@sluice/wire';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import { longs, name, words } from './requests.fixture.ts';
import { WorkedVolume, isRoot } from './volume.fixture.ts';

const DEPTH = 400;
const GEOMETRY = { ...SMALL_GEOMETRY, nodes: 2 * DEPTH, nameBytes: 64 * 1024 };
const ASK = Buffer.concat([words(0, 0), longs(0n)]);

// Creating files as their callers needs CAP_SETPCAP.
describe.skipIf(!isRoot).each([
  { how: 'file handle', byName: false },
  { how: 'name', byName: true },
])('lower objects reopened by $how', ({ byName }) => {
  let lower: WorkedVolume;
  let at: (path: string) => string;

  beforeAll(() => {
    lower = new WorkedVolume(GEOMETRY, { byName });
    at = (path) => join(lower.source, path);
  });
  afterAll(() => {
    lower.dispose();
  });

  function lookup(parent: bigint, text: string): bigint {
    expect(lower.handle(OPCODE.LOOKUP, parent, name(text))).toBe(128);
    return lower.entryNodeid();
  }

  function forget(nodeid: bigint): void {
    lower.handle(OPCODE.FORGET, nodeid, longs(2n ** 64n - 1n));
  }

  /** Uses other directories until no descriptor of an earlier one is cached. */
  function emptyCache(): void {
    for (let i = 0; i < GEOMETRY.directoryFds; i++) {
      mkdirSync(at(`other-${i}`), { recursive: true });
      const other = lookup(1n, `other-${i}`);
      expect(lower.handle(OPCODE.LOOKUP, other, name('nothing'))).toBe(-ERRNO.ENOENT);
    }
  }

  it(`are reached ${DEPTH} directories deep, with few descriptors and none left over`, () => {
    let node = 1n;
    const nodes: bigint[] = [];
    for (let depth = 0; depth < DEPTH; depth++) {
      expect(lower.handle(OPCODE.MKDIR, node, Buffer.concat([words(0o755, 0), name('d')]))).toBe(128);
      node = lower.entryNodeid();
      nodes.push(node);
    }
    emptyCache();
    const before = readdirSync('/proc/self/fd').length;
    expect(lower.handle(OPCODE.GETATTR, node, ASK)).toBe(104);
    expect(lower.handle(OPCODE.LOOKUP, node, name('nothing'))).toBe(-ERRNO.ENOENT);
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 1);
    emptyCache();
    expect(lower.handle(OPCODE.OPENDIR, node, words(0, 0))).toBe(16);
    const handle = lower.payload().getBigUint64(OPEN_OUT.fh, true);
    lower.handle(OPCODE.RELEASEDIR, node, longs(handle, 0n, 0n));
    for (const each of nodes) forget(each);
    emptyCache();
    expect(lower.handle(OPCODE.GETATTR, node, ASK)).toBe(-ERRNO.ESTALE);
  });

  it('that were replaced by others under their name are stale, or still themselves', () => {
    writeFileSync(at('replaced'), 'old');
    const node = lookup(1n, 'replaced');
    renameSync(at('replaced'), at('moved-away'));
    writeFileSync(at('replaced'), 'new');
    const result = lower.handle(OPCODE.OPEN, node, words(O.WRONLY | O.TRUNC, 0));
    if (byName) {
      expect(result).toBe(-ERRNO.ESTALE);
      expect(readFileSync(at('moved-away'), 'utf8')).toBe('old');
    } else {
      expect(result).toBe(16);
      expect(readFileSync(at('moved-away'), 'utf8')).toBe('');
      const handle = lower.payload().getBigUint64(OPEN_OUT.fh, true);
      lower.handle(OPCODE.RELEASE, node, longs(handle, 0n, 0n));
    }
    expect(readFileSync(at('replaced'), 'utf8')).toBe('new');
    forget(node);
  });

  it('are never reached through a symbolic link put in the place of a directory', () => {
    mkdirSync(at('real/inner'), { recursive: true });
    mkdirSync(at('elsewhere/inner'), { recursive: true });
    const [real] = [lookup(1n, 'real')];
    const inner = lookup(real, 'inner');
    emptyCache();
    renameSync(at('real'), at('real-moved'));
    symlinkSync('elsewhere', at('real'));
    const made = lower.handle(OPCODE.MKDIR, inner, Buffer.concat([words(0o755, 0), name('made')]));
    expect(made).toBe(byName ? -ERRNO.ESTALE : 128);
    expect(existsSync(at('elsewhere/inner/made'))).toBe(false);
    for (const node of [inner, real]) forget(node);
    rmSync(at('real'));
  });
});
