import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO, O } from '@sluice/sys';
import { ATTR, ATTR_OUT, CREATE_IN, ENTRY_OUT, FOPEN, NOTIFY, OPCODE, OPEN_OUT } from '@sluice/wire';
import { ACTION } from '@sluice/policy';
import { DIALECT_NAMES, HEADER, recordLimits } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { OpenedFile, REFUSALS } from './opened-file.fixture.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import { WorkedVolume, isRoot } from './volume.fixture.ts';

const ANDROID = ['android-v2', 'android-v1', 'android-v0', 'android-unique'] as const;
const DESCRIPTOR_FLAGS = O.ACCMODE | O.APPEND | O.DIRECT;

describe.skipIf(!isRoot).each(ANDROID)('opening a file of a volume under %s [needs root]', (name) => {
  const hasIds = name !== 'android-unique';
  const mapsLower = name === 'android-v2' || name === 'android-v1';
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-dialects-'));
  const notifications = join(scratch, 'notifications');
  let device: number;
  let file: OpenedFile;

  beforeAll(() => {
    device = openSync(notifications, 'a+');
    file = new OpenedFile(name, device);
  });
  afterAll(() => {
    file.lower.dispose();
    closeSync(device);
    rmSync(scratch, { recursive: true });
  });
  beforeEach(() => {
    truncateSync(notifications);
    file.begin();
  });
  afterEach(() => {
    file.forget();
    expect(file.volume.nodes.count).toBe(1);
    expect(file.volume.openFiles.count).toBe(0);
  });

  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const live = (): number =>
    file.counted(COUNTER.registrationsOpened) - file.counted(COUNTER.registrationsClosed);

  it('registers each open anew and tells the kernel the id alone', () => {
    const before = live();
    const opened = [file.open(ACTION.passthrough), file.open(ACTION.passthrough)];
    expect(file.registerings).toHaveLength(2);
    expect(opened.map(({ file: { id } }) => id)).toEqual(hasIds ? [1, 2] : [0, 0]);
    for (const each of opened) expect(each.file.flags & ~FOPEN.NOFLUSH).toBe(0);
    expect(live()).toBe(before + 2);
    for (const { handle } of opened) file.release(handle);
    expect(live()).toBe(before);
    expect(file.volume.registrations.idleCount).toBe(0);
    // Nothing is kept for the next one.
    file.release(file.open(ACTION.passthrough).handle);
    expect(file.registerings).toHaveLength(3);
  });

  it.each([
    ['O_RDONLY', O.RDONLY],
    ['O_WRONLY', O.WRONLY],
    ['O_RDWR', O.RDWR],
    ['O_WRONLY | O_APPEND', O.WRONLY | O.APPEND],
    ['O_RDWR | O_APPEND', O.RDWR | O.APPEND],
    ['O_RDWR | O_DIRECT', O.RDWR | O.DIRECT],
    ['O_RDONLY | O_DIRECT', O.RDONLY | O.DIRECT],
    ['O_WRONLY | O_APPEND | O_DIRECT', O.WRONLY | O.APPEND | O.DIRECT],
  ])(
    'registers a descriptor with exactly what the app has of access mode, O_APPEND and O_DIRECT: %s',
    (_, flags) => {
      const before = descriptors();
      const { handle } = file.open(ACTION.passthrough, flags);
      expect((file.registerings[0]?.flags ?? -1) & DESCRIPTOR_FLAGS).toBe(flags);
      // What the daemon keeps for itself is not O_DIRECT: its reads and writes are not aligned.
      expect(descriptors()).toBe((flags & O.ACCMODE) === O.RDONLY ? before : before + 1);
      file.release(handle);
      expect(descriptors()).toBe(before);
    },
  );

  it('registers last of all: the open has its place in the table, and the request is unanswered', () => {
    const body = Buffer.alloc(8);
    file.wanted = ACTION.passthrough;
    expect(file.lower.handle(OPCODE.OPEN, file.node, body, 0x1234_5678_9abcn)).toBe(OPEN_OUT.SIZE);
    expect(file.registerings).toMatchObject([{ openFiles: 1, unique: 0x1234_5678_9abcn }]);
    file.release(file.lower.payload().getBigUint64(OPEN_OUT.fh, true));
  });

  it('registers nothing for an open that finds no place in the table', () => {
    const opened: bigint[] = [];
    for (let i = 1; i < SMALL_GEOMETRY.openFiles; i++) {
      file.lower.handle(OPCODE.OPENDIR, 1n, Buffer.alloc(8));
      opened.push(file.lower.payload().getBigUint64(OPEN_OUT.fh, true));
    }
    expect(file.tryOpen(ACTION.passthrough, O.RDWR)).toBe(-ERRNO.ENFILE);
    expect(file.registerings).toEqual([]);
    for (const handle of opened) file.release(handle);
  });

  it('counts an id as stranded that an undelivered reply should have carried, and never gives it again', () => {
    const before = [file.counted(COUNTER.registrationsStranded), live()];
    file.open(ACTION.passthrough);
    file.volume.undelivered(file.lower.request);
    const after = [file.counted(COUNTER.registrationsStranded), live()];
    // Without ids it ended with the request.
    expect(after).toEqual(before.map((count) => (hasIds ? count + 1 : count)));
    const next = file.open(ACTION.passthrough);
    if (hasIds) expect(next.file.id).toBe(2);
    file.release(next.handle);
  });

  it('does so for a file that was created, whose node goes', () => {
    const before = file.counted(COUNTER.registrationsStranded);
    const body = Buffer.concat([Buffer.alloc(CREATE_IN.SIZE), Buffer.from('made\0')]);
    body.writeUInt32LE(O.RDWR | O.CREAT, CREATE_IN.flags);
    body.writeUInt32LE(0o100600, CREATE_IN.mode);
    file.wanted = ACTION.passthrough;
    expect(file.lower.handle(OPCODE.CREATE, 1n, body)).toBe(ENTRY_OUT.SIZE + OPEN_OUT.SIZE);
    expect(file.registerings).toHaveLength(1);
    expect((file.registerings[0]?.flags ?? 0) & DESCRIPTOR_FLAGS).toBe(O.RDWR);
    file.volume.undelivered(file.lower.request);
    expect(file.counted(COUNTER.registrationsStranded)).toBe(before + (hasIds ? 1 : 0));
    rmSync(join(file.lower.source, 'made'));
  });

  it.each(REFUSALS)(
    'is served by the daemon when the kernel answers %s, and says why: %s',
    (errno, reason) => {
      const before = [file.reasonCount(reason), live()];
      file.refusal = ERRNO[errno];
      const alone = file.open(ACTION.passthrough);
      expect(alone.file).toMatchObject({ id: 0 });
      expect(alone.file.flags & FOPEN.DIRECT_IO).toBe(0);
      file.release(alone.handle);
      // Beside an open that passes through, cached pages would grow old.
      file.refusal = 0;
      const passing = file.open(ACTION.passthrough);
      file.refusal = ERRNO[errno];
      const beside = file.open(ACTION.cached);
      expect(beside.file.id).toBe(0);
      expect(beside.file.flags & FOPEN.DIRECT_IO).toBe(FOPEN.DIRECT_IO);
      expect([file.reasonCount(reason), live()]).toEqual([(before[0] ?? 0) + 2, (before[1] ?? 0) + 1]);
      file.release(passing.handle);
      file.release(beside.handle);
    },
  );

  it('is direct where the kernel refuses it and a mapping may go on writing below', () => {
    file.release(file.open(ACTION.passthrough, O.RDWR).handle);
    file.refusal = ERRNO.ENOMEM;
    const opened = file.open(ACTION.passthrough, O.RDWR);
    expect(opened.file.flags & FOPEN.DIRECT_IO).toBe(FOPEN.DIRECT_IO);
    file.release(opened.handle);
  });

  it('passes through by `auto` only where mappings see the lower file, and by a rule that insists in any case', () => {
    const before = file.reasonCount('mapped-by-daemon');
    for (const flags of [O.RDWR, O.WRONLY, O.WRONLY | O.APPEND]) {
      file.release(file.open(ACTION.auto, flags).handle);
      file.release(file.open(ACTION.passthrough, flags).handle);
    }
    expect(file.registerings).toHaveLength(mapsLower ? 6 : 3);
    expect(file.reasonCount('mapped-by-daemon')).toBe(before + (mapsLower ? 0 : 3));
  });

  it('lets the attributes of a file expire that changes past a kernel which does not notice', () => {
    const validity = (): number[] => {
      expect(file.lower.handle(OPCODE.GETATTR, file.node, Buffer.alloc(16))).toBe(ATTR_OUT.SIZE);
      const reply = file.lower.payload();
      return [reply.getUint32(ATTR_OUT.attr_valid, true), reply.getUint32(ATTR_OUT.attr_valid_nsec, true)];
    };
    expect(validity()).toEqual([1, 0]);
    const writer = file.open(ACTION.passthrough, O.RDWR);
    const keepsTimes = name === 'android-v2';
    expect(validity()).toEqual(keepsTimes ? [1, 0] : [0, 0]);
    file.lookup('file');
    const entry = file.lower.payload();
    expect(entry.getUint32(ENTRY_OUT.attr_valid, true)).toBe(keepsTimes ? 1 : 0);
    expect(entry.getUint32(ENTRY_OUT.attr + ATTR.mode, true) & 0o170000).toBe(0o100000);
    file.forget();
    expect(readFileSync(notifications)).toHaveLength(0);
    file.release(writer.handle);
    const told = readFileSync(notifications);
    expect(told).toHaveLength(keepsTimes ? 0 : 40);
    if (!keepsTimes) {
      expect([told.readUInt32LE(0), told.readInt32LE(4), told.readBigUInt64LE(8)]).toEqual([
        40,
        NOTIFY.INVAL_INODE,
        0n,
      ]);
      expect([told.readBigUInt64LE(16), told.readBigInt64LE(24), told.readBigInt64LE(32)]).toEqual([
        file.node,
        -1n,
        0n,
      ]);
    }
    expect(validity()).toEqual([1, 0]);
    // A reader changes nothing, nor does an undelivered open.
    file.release(file.open(ACTION.passthrough, O.RDONLY).handle);
    file.open(ACTION.passthrough, O.RDWR);
    file.volume.undelivered(file.lower.request);
    expect(readFileSync(notifications)).toHaveLength(told.length);
  });

  it('says the same of a file that was created', () => {
    const body = Buffer.concat([Buffer.alloc(CREATE_IN.SIZE), Buffer.from('timed\0')]);
    body.writeUInt32LE(O.RDWR | O.CREAT, CREATE_IN.flags);
    body.writeUInt32LE(0o100600, CREATE_IN.mode);
    file.wanted = ACTION.passthrough;
    expect(file.lower.handle(OPCODE.CREATE, 1n, body)).toBe(ENTRY_OUT.SIZE + OPEN_OUT.SIZE);
    const reply = file.lower.payload();
    expect(reply.getUint32(ENTRY_OUT.attr_valid, true)).toBe(name === 'android-v2' ? 1 : 0);
    file.volume.undelivered(file.lower.request);
    rmSync(join(file.lower.source, 'timed'));
  });

  it('never offers the kernel what is no regular file', () => {
    execFileSync('mkfifo', [join(file.lower.source, 'pipe')]);
    const pipe = file.lookup('pipe');
    expect(file.tryOpen(ACTION.passthrough, O.RDWR, pipe)).toBe(-ERRNO.EINVAL);
    expect(file.tryOpen(ACTION.passthrough, O.RDONLY, 1n)).toBe(-ERRNO.EISDIR);
    expect(file.registerings).toEqual([]);
    file.forget(pipe);
    rmSync(join(file.lower.source, 'pipe'));
  });

  it.each([
    ['auto', false],
    ['rules that insist', true],
  ])('serves no old or foreign bytes and no errno in any sequence of up to 5 events, by %s', (_, insists) => {
    const { sequences, failures } = file.explore(5, insists);
    expect(failures.slice(0, 5)).toEqual([]);
    expect(sequences).toBeGreaterThan(5_000);
  });
});

describe.skipIf(!isRoot)('the dialect of a volume [needs root]', () => {
  let lower: WorkedVolume;
  beforeAll(() => {
    lower = new WorkedVolume(SMALL_GEOMETRY);
  });
  afterAll(() => {
    lower.dispose();
  });

  it('is what INIT said to another worker, until a registration of another worker’s said better', () => {
    const { memory, volume, request } = lower;
    const seen = (name: (typeof DIALECT_NAMES)[number]): string => {
      memory.store(HEADER.initDialect, DIALECT_NAMES.indexOf(name));
      volume.begin(request);
      return volume.dialect.name;
    };
    expect(seen('android-v2')).toBe('none');
    memory.store(HEADER.initDone, 1);
    expect([seen('android-v2'), seen('android-v1'), seen('none')]).toEqual([
      'android-v2',
      'android-v1',
      'none',
    ]);
    // What the trial found out counts beside it.
    seen('android-v2');
    expect(volume.mapsLowerFile).toBe(true);
    recordLimits(memory, ['mapping']);
    expect(volume.mapsLowerFile).toBe(false);
  });
});
