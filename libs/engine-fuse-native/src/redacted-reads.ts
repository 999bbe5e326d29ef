/**
 * Reads of a file whose location policy keeps from the caller: zeros where a photo or video tells it. The ranges are worked
 * out from the file when it is first read, and again once it has changed.
 */
import { readSync } from 'node:fs';
import { LocationFinder, RangeList } from '@sluice/media';
import type { ByteSource } from '@sluice/media';
import { ERRNO } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { errnoOf } from './data-errors.ts';
import type { LowerTree } from './lower-tree.ts';

/** Longer than a tick of the clock that file times are taken from: what changed less long ago may change unseen. */
const TICK_MS = 50;
/** Attempts to read a file that changes at the same time, before all of it is blanked. */
const ATTEMPTS = 4;

/** What is known of one open file. */
export class RedactedRanges {
  readonly ranges = new RangeList();
  /** State of the file that they are of: size, times. Empty: none. */
  stamp = '';
  /** It had not changed within the last tick when they were worked out. */
  isSettled = false;
}

export class RedactedReads {
  readonly #lower: LowerTree;
  readonly #finder = new LocationFinder();

  constructor(lower: LowerTree) {
    this.#lower = lower;
  }

  /** Bytes read into `buffer`, or -errno. */
  read(fd: number, known: RedactedRanges, buffer: Buffer, length: number, position: number): number {
    let got = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      got = readInto(fd, buffer, length, position);
      if (got <= 0) return got;
      const now = this.#stampOf(fd);
      if (typeof now === 'number') return now;
      if (now.stamp === known.stamp && known.isSettled) {
        blank(known.ranges, buffer, position, got);
        return got;
      }
      const result = this.#learn(fd, known, now);
      if (result < 0) return result;
      got = readInto(fd, buffer, length, position);
      if (got <= 0) return got;
      // Ranges and bytes are of one state of the file if it is the same before the first and after the last.
      const after = this.#stampOf(fd);
      if (typeof after === 'number') return after;
      if (after.stamp === known.stamp) {
        blank(known.ranges, buffer, position, got);
        return got;
      }
    }
    buffer.fill(0, 0, got);
    return got;
  }

  #learn(fd: number, known: RedactedRanges, { stamp, size, changedMs }: Stamp): number {
    const source: ByteSource = {
      size,
      read: (offset, into, length) => readInto(fd, into, length, offset),
    };
    known.stamp = stamp;
    known.isSettled = Date.now() - changedMs > TICK_MS;
    const format = this.#finder.find(source, known.ranges);
    if (format < 0) known.stamp = '';
    return Math.min(0, format);
  }

  #stampOf(fd: number): Stamp | number {
    const { scratch } = this.#lower;
    const at = this.#lower.statOf(fd);
    if (at < 0) return at;
    const size = this.#lower.sizeAt(at);
    const changed = scratch.u64At(at + ATTR.ctime);
    const nanoseconds = scratch.u32At(at + ATTR.ctimensec);
    const modified = `${scratch.u64At(at + ATTR.mtime)}.${scratch.u32At(at + ATTR.mtimensec)}`;
    return {
      stamp: `${size} ${modified} ${changed}.${nanoseconds}`,
      size,
      changedMs: Number(changed) * 1000 + nanoseconds / 1e6,
    };
  }
}

interface Stamp {
  stamp: string;
  size: number;
  changedMs: number;
}

/**
 * Bytes read, or -errno. libfuse's buffers lie in no arena of ours: Node's own call reads into them without a copy.
 * EOVERFLOW beyond the positions that a number holds exactly: Node would read from where the descriptor stands.
 */
export function readInto(fd: number, into: Uint8Array, length: number, position: number): number {
  if (!Number.isSafeInteger(position)) return -ERRNO.EOVERFLOW;
  try {
    return readSync(fd, into, 0, length, position);
  } catch (error) {
    return errnoOf(error);
  }
}

/** Zeros in the `bytes` bytes of the file from `position` on that lie in the ranges. */
export function blank(ranges: RangeList, buffer: Uint8Array, position: number, bytes: number): void {
  for (let i = 0; i < ranges.count; i++) {
    const from = Math.max(ranges.start(i), position) - position;
    const to = Math.min(ranges.end(i), position + bytes) - position;
    if (from < to) buffer.fill(0, from, to);
  }
}
