/**
 * One file of a volume that the test works itself, with the kernel's side of it played: which dialect it speaks, what its
 * ioctl answers, what policy decides.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRNO, O } from '@sluice/sys';
import { ENTRY_OUT, FOPEN, OPCODE, OPEN_OUT } from '@sluice/wire';
import { ACTION, REASON } from '@sluice/policy';
import { dialectByName, namedCount } from '@sluice/session';
import type { Dialect, DialectName } from '@sluice/session';
import { AndroidInode } from './android-inode.fixture.ts';
import { COUNTER } from './counters.ts';
import type { KernelFile, KernelInode } from './kernel-inode.fixture.ts';
import { MainlineInode } from './mainline-inode.fixture.ts';
import { OPEN_REASON } from './open-mode.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import type { Volume } from './volume.ts';
import { WorkedVolume } from './volume.fixture.ts';

/** What an ioctl may answer, and the reason that the open is given then. */
export const REFUSALS = [
  ['EPERM', 'registration-refused-permission'],
  ['EINVAL', 'registration-refused-invalid'],
  ['EBADF', 'registration-refused-bad-file'],
  ['EOPNOTSUPP', 'registration-refused-unsupported'],
  ['ELOOP', 'registration-refused-stacked'],
  ['EISDIR', 'registration-refused-directory'],
  ['ENOMEM', 'registration-refused-resources'],
  ['EIO', 'registration-failed'],
] as const;

export interface Opened {
  handle: bigint;
  file: KernelFile;
}

/** A call of the dialect's ioctl. */
export interface Registering {
  /** Flags of the lower descriptor, as /proc/self/fdinfo has them. */
  flags: number;
  /** The u64 at `uniqueAt`. */
  unique: bigint;
  /** Open files of the volume by then. */
  openFiles: number;
}

export class OpenedFile {
  readonly lower: WorkedVolume;
  readonly volume: Volume;
  readonly dialect: Dialect;
  readonly registerings: Registering[] = [];
  inode: KernelInode;
  node = 0n;
  /** What policy decides: an ACTION. */
  wanted: number = ACTION.cached;
  /** What the ioctl answers: an errno, or 0 for success. */
  refusal = 0;

  /** `device`: takes the notifications. */
  constructor(name: DialectName, device = -1) {
    const spoken = dialectByName(name);
    this.inode = this.newInode(spoken);
    this.dialect = {
      ...spoken,
      register: (memory, _device, lowerFd, _scratchAt, uniqueAt) => {
        const info = readFileSync(`/proc/self/fdinfo/${lowerFd}`, 'utf8');
        this.registerings.push({
          flags: parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8),
          unique: new DataView(memory.buffer).getBigUint64(uniqueAt, true),
          openFiles: this.volume.openFiles.count,
        });
        return this.refusal === 0 ? this.inode.register(true) : -this.refusal;
      },
      unregister: (memory, device, id, scratchAt) => {
        if (spoken.owner !== 'inode') return spoken.unregister(memory, device, id, scratchAt);
        const before = this.inode.stranded;
        this.inode.unregister(id);
        return this.inode.stranded < before ? 0 : -ERRNO.ENOENT;
      },
    };
    this.lower = new WorkedVolume(SMALL_GEOMETRY, { dialect: this.dialect, device });
    this.volume = this.lower.volume;
    Object.defineProperty(this.volume, 'policy', {
      value: {
        epoch: 1,
        refresh: () => undefined,
        of: () => 0,
        image: { guards: false, shapesNames: false, keepCache: () => true, readAhead: () => 0 },
      },
    });
    Object.defineProperty(this.volume, 'decisions', {
      value: { about: () => this.wanted | (REASON.rule << 4), dependsOnSize: () => false },
    });
    writeFileSync(join(this.lower.source, 'file'), 'some bytes');
  }

  newInode(dialect: Dialect): KernelInode {
    return dialect.owner === 'inode' ? new MainlineInode() : new AndroidInode(dialect);
  }

  /** Before each test. */
  begin(): void {
    this.inode = this.newInode(this.dialect);
    this.refusal = 0;
    this.registerings.length = 0;
    this.node = this.lookup('file');
  }

  lookup(name: string): bigint {
    const result = this.lower.handle(OPCODE.LOOKUP, 1n, Buffer.from(`${name}\0`));
    if (result !== ENTRY_OUT.SIZE) throw new Error(`LOOKUP of ${name}: ${result}`);
    return this.lower.entryNodeid();
  }

  forget(node = this.node): void {
    const body = Buffer.alloc(8);
    body.writeBigUInt64LE(1n);
    this.lower.handle(OPCODE.FORGET, node, body);
  }

  /** OPEN's result: the payload's length, or -errno. */
  tryOpen(action: number, flags: number = O.RDONLY, node = this.node): number {
    this.wanted = action;
    const body = Buffer.alloc(8);
    body.writeUInt32LE(flags);
    return this.lower.handle(OPCODE.OPEN, node, body);
  }

  open(action: number, flags: number = O.RDONLY): Opened {
    const result = this.tryOpen(action, flags);
    if (result !== OPEN_OUT.SIZE) throw new Error(`OPEN: ${result}`);
    const reply = this.lower.payload();
    return {
      handle: reply.getBigUint64(OPEN_OUT.fh, true),
      file: {
        flags: reply.getUint32(OPEN_OUT.open_flags, true),
        id: reply.getInt32(OPEN_OUT.backing_id, true),
        mapped: false,
      },
    };
  }

  release(handle: bigint): void {
    const body = Buffer.alloc(24);
    body.writeBigUInt64LE(handle);
    const result = this.lower.handle(OPCODE.RELEASE, this.node, body);
    if (result !== 0) throw new Error(`RELEASE: ${result}`);
  }

  counted(counter: number): number {
    return namedCount(this.lower.memory, counter);
  }

  reasonCount(reason: keyof typeof OPEN_REASON): number {
    return this.counted(COUNTER.openReasons + OPEN_REASON[reason]);
  }

  /**
   * Plays all sequences of up to `events` events with the volume's real operations, and looks after each at what every open
   * file reads. A volume cannot be copied, so each sequence is played from its start, and cleaned up after.
   */
  explore(events: number, insists: boolean): { sequences: number; failures: string[] } {
    const failures: string[] = [];
    let sequences = 0;
    const go = (choices: number[]): void => {
      sequences++;
      const branches = this.#play(choices, insists, failures);
      if (choices.length === events) return;
      for (let choice = 0; choice < branches; choice++) go([...choices, choice]);
    };
    go([]);
    return { sequences, failures };
  }

  #play(choices: number[], insists: boolean, failures: string[]): number {
    const live: Live = { opened: [], released: [] };
    const names: string[] = [];
    let wrong = '';
    for (const choice of choices) {
      const [name, act] = this.#events(live, insists)[choice] as Event;
      names.push(name);
      wrong = act() || this.#exercise(live);
      if (wrong !== '') break;
    }
    const branches = wrong === '' ? this.#events(live, insists).length : 0;
    if (wrong !== '') failures.push(`${names.join('; ')}: ${wrong}`);
    for (const { handle } of live.opened) this.release(handle);
    for (const handle of live.released) this.release(handle);
    this.forget();
    if (this.inode.stranded > 0) failures.push(`${names.join('; ')}: ${this.inode.stranded} ids left behind`);
    this.inode = this.newInode(this.dialect);
    this.node = this.lookup('file');
    return branches;
  }

  #exercise({ opened }: Live): string {
    try {
      return this.inode.exercise(opened.map(({ file }) => file));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #events(live: Live, insists: boolean): Event[] {
    const possible: Event[] = [];
    const passing = insists ? ACTION.passthrough : ACTION.auto;
    const wants = [
      ['cached', ACTION.cached, 0],
      ['direct', ACTION.direct, 0],
      ['passthrough', passing, 0],
      ['unregistrable', passing, ERRNO.ELOOP],
    ] as const;
    for (const [name, action, refusal] of wants) {
      possible.push([
        `open ${name}`,
        () => {
          this.refusal = refusal;
          // `auto` passes writers through, whatever the size.
          const opened = this.open(action, O.RDWR);
          live.opened.push(opened);
          const errno = this.inode.open(opened.file);
          if (errno !== 0) return `errno ${errno}`;
          const { inode } = this;
          const isServed = inode instanceof AndroidInode && opened.file.id > 0 && !inode.passes(opened.file);
          return isServed ? 'an id that the kernel does not know' : '';
        },
      ]);
    }
    live.opened.forEach(({ file }, i) => {
      possible.push([
        `close ${i}`,
        () => {
          const [closed] = live.opened.splice(i, 1) as [Opened];
          this.inode.close(closed.file);
          live.released.push(closed.handle);
          return '';
        },
      ]);
      if ((file.flags & FOPEN.DIRECT_IO) !== 0 && this.dialect.owner === 'inode' && !file.mapped) {
        possible.push([
          `mmap ${i}`,
          () => {
            const errno = this.inode.map(file);
            return errno === 0 ? '' : `errno ${errno}`;
          },
        ]);
      }
    });
    if (live.released.length > 0) {
      possible.push([
        'release',
        () => {
          this.release(live.released.shift() as bigint);
          return '';
        },
      ]);
    }
    if (this.dialect.owner === 'inode') possible.push(['evict', () => this.#evict()]);
    return possible;
  }

  #evict(): string {
    const { volume, node } = this;
    volume.lock.acquire();
    volume.registrations.end(volume.nodes.find(Number(node & 0xffff_ffffn), Number(node >> 32n)));
    volume.lock.release();
    volume.deferred.flush(this.lower.request, -1, this.dialect, volume.counters);
    return '';
  }
}

interface Live {
  opened: Opened[];
  /** Closed, and their RELEASE on its way. */
  released: bigint[];
}

/** What was wrong, or ''. */
type Event = [name: string, act: () => string];
