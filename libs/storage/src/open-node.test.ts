import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO, O } from '@sluice/sys';
import { FOPEN, OPCODE, OPEN_OUT } from '@sluice/wire';
import { ACTION } from '@sluice/policy';
import { COUNTER } from './counters.ts';
import type { MainlineInode } from './mainline-inode.fixture.ts';
import { OpenedFile, REFUSALS } from './opened-file.fixture.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import type { Volume } from './volume.ts';
import { isRoot } from './volume.fixture.ts';

// Creating files as their callers needs CAP_SETPCAP.
describe.skipIf(!isRoot)('opening a file of a volume under the mainline dialect', () => {
  let file: OpenedFile;
  let volume: Volume;
  const ids = (): number[] => [...(file.inode as MainlineInode).ids];

  beforeAll(() => {
    file = new OpenedFile('mainline');
    volume = file.volume;
  });
  afterAll(() => {
    file.lower.dispose();
  });
  beforeEach(() => {
    file.begin();
  });
  afterEach(() => {
    file.forget();
    expect(ids()).toEqual([]);
    expect(volume.nodes.count).toBe(1);
    expect(volume.openFiles.count).toBe(0);
  });

  it('that meets a defect in a critical section holds nobody else up', () => {
    const { about } = volume.decisions;
    volume.decisions.about = () => {
      throw new Error('a defect');
    };
    const body = Buffer.alloc(8);
    let met: unknown;
    try {
      file.lower.handle(OPCODE.OPEN, file.node, body);
    } catch (error) {
      met = error;
    }
    volume.decisions.about = about;
    expect(() => volume.fault(file.lower.request, met)).toThrow('a defect');
    file.release(file.open(ACTION.cached).handle);
  });

  it('shares one registration among its opens and keeps it after the last close', () => {
    const [first, second] = [file.open(ACTION.passthrough), file.open(ACTION.passthrough)];
    expect(first.file.id).toBeGreaterThan(0);
    expect(second.file.id).toBe(first.file.id);
    file.release(first.handle);
    file.release(second.handle);
    expect(ids()).toEqual([first.file.id]);
    const third = file.open(ACTION.passthrough);
    expect(third.file.id).toBe(first.file.id);
    file.release(third.handle);
  });

  it.each(REFUSALS)(
    'is served from the cache when the kernel answers %s, and says why: %s',
    (errno, reason) => {
      const before = [file.reasonCount(reason), file.counted(COUNTER.registrationsFailed)];
      file.refusal = ERRNO[errno];
      const opened = file.open(ACTION.passthrough);
      expect(opened.file).toMatchObject({ flags: 0, id: 0 });
      const after = [file.reasonCount(reason), file.counted(COUNTER.registrationsFailed)];
      expect(after).toEqual(before.map((count) => count + 1));
      file.release(opened.handle);
    },
  );

  it('is direct where somebody may write by a mapping and the kernel refuses to register it any more', () => {
    file.release(file.open(ACTION.passthrough, O.RDWR).handle);
    // As a mapping does that outlives its open: the lower file is open for writing.
    const mapping = openSync(join(file.lower.source, 'file'), 'r+');
    const before = file.reasonCount('registration-refused-stacked');
    file.refusal = ERRNO.ELOOP;
    const opened = [file.open(ACTION.cached), file.open(ACTION.passthrough)];
    for (const each of opened) expect(each.file.flags).toBe(FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES);
    expect(file.reasonCount('registration-refused-stacked')).toBe(before + 1);
    for (const { handle } of opened) file.release(handle);
    closeSync(mapping);
  });

  it('keeps pages over an unbroken run of cached opens only', () => {
    const flagsOf = (action: number): number => {
      const opened = file.open(action);
      file.release(opened.handle);
      return opened.file.flags;
    };
    const run = [
      ACTION.cached,
      ACTION.cached,
      ACTION.passthrough,
      ACTION.cached,
      ACTION.cached,
      ACTION.direct,
    ];
    expect(run.map(flagsOf)).toEqual([
      0,
      FOPEN.KEEP_CACHE,
      FOPEN.PASSTHROUGH,
      0,
      FOPEN.KEEP_CACHE,
      FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES,
    ]);
    expect(flagsOf(ACTION.cached)).toBe(0);
  });

  it('keeps pages not before an open that dropped them has been closed: answers overtake one another', () => {
    const first = file.open(ACTION.cached);
    const second = file.open(ACTION.cached);
    expect([first.file.flags, second.file.flags]).toEqual([0, 0]);
    file.release(second.handle);
    const third = file.open(ACTION.cached);
    expect(third.file.flags).toBe(FOPEN.KEEP_CACHE);
    file.release(first.handle);
    file.release(third.handle);
  });

  it.each([
    ['cached and writes', ACTION.cached, O.RDWR],
    ['direct', ACTION.direct, O.RDONLY],
  ])('keeps no pages beside or right after an open that is %s', (_, action, flags) => {
    const flagsOf = (): number => {
      const opened = file.open(ACTION.cached);
      file.release(opened.handle);
      return opened.file.flags;
    };
    expect([flagsOf(), flagsOf()]).toEqual([0, FOPEN.KEEP_CACHE]);
    const reader = file.open(ACTION.cached);
    const disturber = file.open(action, flags);
    expect([flagsOf(), flagsOf()]).toEqual([0, 0]);
    file.release(disturber.handle);
    // Pages may have been read while the other wrote, and the reader may have them.
    expect([flagsOf(), flagsOf()]).toEqual([0, 0]);
    file.release(reader.handle);
    expect([flagsOf(), flagsOf()]).toEqual([0, FOPEN.KEEP_CACHE]);
  });

  it('ends what it registered for an open that finds no place in the table of open files', () => {
    const opened: bigint[] = [];
    for (let i = 1; i < SMALL_GEOMETRY.openFiles; i++) {
      file.lower.handle(OPCODE.OPENDIR, 1n, Buffer.alloc(8));
      opened.push(file.lower.payload().getBigUint64(OPEN_OUT.fh, true));
    }
    const descriptors = readdirSync('/proc/self/fd').length;
    expect(file.tryOpen(ACTION.passthrough)).toBe(-ERRNO.ENFILE);
    expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
    for (const handle of opened) file.release(handle);
    // The registration idles and ends with its node: looked at after each test.
    expect(ids().length).toBe(1);
  });

  it('never earns EIO, ENODEV or old bytes, in any sequence of up to 5 events', () => {
    const { sequences, failures } = file.explore(5, true);
    expect(failures.slice(0, 5)).toEqual([]);
    expect(sequences).toBeGreaterThan(9_000);
  });
});
