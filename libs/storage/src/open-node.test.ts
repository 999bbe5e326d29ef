import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO, O } from '@sluice/sys';
import { FOPEN, INIT_FLAGS2, OPCODE, OPEN_OUT } from '@sluice/wire';
import { ACTION, REASON } from '@sluice/policy';
import { dialectByName, namedCount } from '@sluice/session';
import type { Dialect } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { MainlineInode } from './mainline-inode.fixture.ts';
import type { KernelFile } from './mainline-inode.fixture.ts';
import { OPEN_REASON } from './open-mode.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import type { Volume } from './volume.ts';
import { WorkedVolume, isRoot } from './volume.fixture.ts';

/** The kernel's side of the file under test, and what its ioctls do next. */
let inode = new MainlineInode();
let nextId = 1;
let registers = true;

const dialect: Dialect = {
  ...dialectByName('mainline'),
  bits: { flags: 0, flags2: INIT_FLAGS2.PASSTHROUGH },
  register() {
    if (!registers) return -ERRNO.ELOOP;
    inode.ids.add(nextId);
    return nextId++;
  },
  unregister(_memory, _device, id) {
    return inode.ids.delete(id) ? 0 : -ERRNO.ENOENT;
  },
};

interface Opened {
  handle: bigint;
  file: KernelFile;
}

// Creating files as their callers needs CAP_SETPCAP.
describe.skipIf(!isRoot)('opening a file of a volume', () => {
  let lower: WorkedVolume;
  let volume: Volume;
  let node = 0n;
  let wanted: number = ACTION.cached;

  beforeAll(() => {
    lower = new WorkedVolume(SMALL_GEOMETRY, { dialect });
    volume = lower.volume;
    Object.defineProperty(volume, 'policy', {
      value: {
        epoch: 1,
        refresh: () => undefined,
        of: () => 0,
        image: { guards: false, shapesNames: false, keepCache: () => true, readAhead: () => 0 },
      },
    });
    Object.defineProperty(volume, 'decisions', {
      value: { about: () => wanted | (REASON.rule << 4), dependsOnSize: () => false },
    });
    writeFileSync(join(lower.source, 'file'), 'some bytes');
  });
  afterAll(() => {
    lower.dispose();
  });

  function lookup(): bigint {
    expect(lower.handle(OPCODE.LOOKUP, 1n, Buffer.from('file\0'))).toBe(128);
    return lower.entryNodeid();
  }

  function forget(): void {
    const body = Buffer.alloc(8);
    body.writeBigUInt64LE(1n);
    lower.handle(OPCODE.FORGET, node, body);
  }

  function open(action: number, flags: number = O.RDONLY): Opened {
    wanted = action;
    const body = Buffer.alloc(8);
    body.writeUInt32LE(flags);
    expect(lower.handle(OPCODE.OPEN, node, body)).toBe(16);
    const reply = lower.payload();
    return {
      handle: reply.getBigUint64(OPEN_OUT.fh, true),
      file: {
        flags: reply.getUint32(OPEN_OUT.open_flags, true),
        id: reply.getInt32(OPEN_OUT.backing_id, true),
        mapped: false,
      },
    };
  }

  function release(handle: bigint): void {
    const body = Buffer.alloc(24);
    body.writeBigUInt64LE(handle);
    expect(lower.handle(OPCODE.RELEASE, node, body)).toBe(0);
  }

  beforeEach(() => {
    inode = new MainlineInode();
    registers = true;
    node = lookup();
  });
  afterEach(() => {
    forget();
    expect(inode.ids.size).toBe(0);
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
      lower.handle(OPCODE.OPEN, node, body);
    } catch (error) {
      met = error;
    }
    volume.decisions.about = about;
    expect(() => volume.fault(lower.request, met)).toThrow('a defect');
    release(open(ACTION.cached).handle);
  });

  it('shares one registration among its opens and keeps it after the last close', () => {
    const [first, second] = [open(ACTION.passthrough), open(ACTION.passthrough)];
    expect(first.file.id).toBeGreaterThan(0);
    expect(second.file.id).toBe(first.file.id);
    release(first.handle);
    release(second.handle);
    expect([...inode.ids]).toEqual([first.file.id]);
    const third = open(ACTION.passthrough);
    expect(third.file.id).toBe(first.file.id);
    release(third.handle);
  });

  it('is served from the cache when the kernel refuses to register it, and says why', () => {
    const before = namedCount(lower.memory, COUNTER.openReasons + OPEN_REASON['registration-failed']);
    registers = false;
    const { handle, file } = open(ACTION.passthrough);
    expect(file).toMatchObject({ flags: 0, id: 0 });
    expect(namedCount(lower.memory, COUNTER.openReasons + OPEN_REASON['registration-failed'])).toBe(
      before + 1,
    );
    release(handle);
  });

  it('keeps pages over an unbroken run of cached opens only', () => {
    const flagsOf = (action: number): number => {
      const { handle, file } = open(action);
      release(handle);
      return file.flags;
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
    const first = open(ACTION.cached);
    const second = open(ACTION.cached);
    expect([first.file.flags, second.file.flags]).toEqual([0, 0]);
    release(second.handle);
    const third = open(ACTION.cached);
    expect(third.file.flags).toBe(FOPEN.KEEP_CACHE);
    release(first.handle);
    release(third.handle);
  });

  it.each([
    ['cached and writes', ACTION.cached, O.RDWR],
    ['direct', ACTION.direct, O.RDONLY],
  ])('keeps no pages beside or right after an open that is %s', (_, action, flags) => {
    const flagsOf = (): number => {
      const { handle, file } = open(ACTION.cached);
      release(handle);
      return file.flags;
    };
    expect([flagsOf(), flagsOf()]).toEqual([0, FOPEN.KEEP_CACHE]);
    const reader = open(ACTION.cached);
    const disturber = open(action, flags);
    expect([flagsOf(), flagsOf()]).toEqual([0, 0]);
    release(disturber.handle);
    // Pages may have been read while the other wrote, and the reader may have them.
    expect([flagsOf(), flagsOf()]).toEqual([0, 0]);
    release(reader.handle);
    expect([flagsOf(), flagsOf()]).toEqual([0, FOPEN.KEEP_CACHE]);
  });

  it('ends what it registered for an open that finds no place in the table of open files', () => {
    const opened: bigint[] = [];
    for (let i = 1; i < SMALL_GEOMETRY.openFiles; i++) {
      lower.handle(OPCODE.OPENDIR, 1n, Buffer.alloc(8));
      opened.push(lower.payload().getBigUint64(OPEN_OUT.fh, true));
    }
    const descriptors = readdirSync('/proc/self/fd').length;
    wanted = ACTION.passthrough;
    expect(lower.handle(OPCODE.OPEN, node, Buffer.alloc(8))).toBe(-ERRNO.ENFILE);
    expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
    for (const handle of opened) release(handle);
    // The registration idles and ends with its node: looked at after each test.
    expect(inode.ids.size).toBe(1);
  });

  it('never earns EIO or ENODEV, in any sequence of up to 5 events', () => {
    type Live = { opened: Opened[]; released: bigint[] };
    type Act = [name: string, act: (live: Live) => number];
    const events = (live: Live): Act[] => {
      const possible: Act[] = [];
      const wants = [
        ['cached', ACTION.cached, true],
        ['direct', ACTION.direct, true],
        ['passthrough', ACTION.passthrough, true],
        ['unregistrable', ACTION.passthrough, false],
      ] as const;
      for (const [name, action, succeeds] of wants) {
        possible.push([
          `open ${name}`,
          (now) => {
            registers = succeeds;
            const opened = open(action);
            now.opened.push(opened);
            return inode.open(opened.file);
          },
        ]);
      }
      live.opened.forEach(({ file }, i) => {
        possible.push([
          `close ${i}`,
          (now) => {
            const [closed] = now.opened.splice(i, 1);
            if (closed === undefined) return 0;
            inode.close(closed.file);
            now.released.push(closed.handle);
            return 0;
          },
        ]);
        if ((file.flags & FOPEN.DIRECT_IO) !== 0 && !file.mapped) {
          possible.push([`mmap ${i}`, (now) => inode.map((now.opened[i] as Opened).file)]);
        }
      });
      if (live.released.length > 0) {
        possible.push([
          'release',
          (now) => {
            release(now.released.shift() as bigint);
            return 0;
          },
        ]);
      }
      possible.push([
        'evict',
        () => {
          volume.lock.acquire();
          volume.registrations.end(volume.nodes.find(Number(node & 0xffff_ffffn), Number(node >> 32n)));
          volume.lock.release();
          volume.deferred.flush(lower.request, -1, dialect, volume.counters);
          return 0;
        },
      ]);
      return possible;
    };
    let sequences = 0;
    const failures: string[] = [];
    // A volume cannot be copied, so each sequence is played from its start, and cleaned up after.
    const play = (choices: number[]): number => {
      const live: Live = { opened: [], released: [] };
      const names: string[] = [];
      let branches = 0;
      let failed = false;
      for (const choice of choices) {
        const [name, act] = events(live)[choice] as Act;
        names.push(name);
        const errno = act(live);
        if (errno !== 0) {
          failures.push(`${names.join('; ')}: errno ${errno}`);
          failed = true;
          break;
        }
      }
      if (!failed) branches = events(live).length;
      for (const { handle } of live.opened) release(handle);
      for (const handle of live.released) release(handle);
      forget();
      inode = new MainlineInode();
      node = lookup();
      return branches;
    };
    const explore = (choices: number[]): void => {
      sequences++;
      const branches = play(choices);
      if (choices.length === 5) return;
      for (let choice = 0; choice < branches; choice++) explore([...choices, choice]);
    };
    explore([]);
    expect(failures.slice(0, 5)).toEqual([]);
    expect(sequences).toBeGreaterThan(9_000);
  });
});
