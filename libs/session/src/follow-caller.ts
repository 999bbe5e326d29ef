/**
 * Moves the worker to the core its caller runs on. A request is two wake-ups; on one core they cost a tenth of what they
 * cost across two sleeping ones. With callers on several cores the worker lets go and may run anywhere.
 *
 * The caller's core is field 39 of /proc/<pid>/stat (proc(5)), asked for every 64 requests.
 */
import { sys } from '@sluice/sys';
import type { Request } from './request.ts';

const EVERY = 64;
/** More changes of caller than this within 64 requests: several callers at once, not one after another. */
const SWITCHES_OF_ONE_AT_A_TIME = 16;
const MASK_BYTES = 128;
const STAT_BYTES = 1024;
/** AT_FDCWD: the paths here are absolute. */
const AT_FDCWD = -100;
const O_RDONLY_CLOEXEC = 0o2000000;

export class CallerFollower {
  readonly #request: Request;
  readonly #at: number;
  /** The set the worker may run on at all, as found at the start. */
  readonly #allowedAt: number;
  readonly #maskAt: number;
  readonly #possible: boolean;
  #countdown = EVERY;
  #lastPid = 0;
  #switches = 0;
  #core = -1;

  /** Uses the last 4 KiB of the request's scratch space. */
  constructor(request: Request) {
    this.#request = request;
    this.#at = request.scratchAt + request.scratchBytes - 4096;
    this.#allowedAt = this.#at + 2048;
    this.#maskAt = this.#at + 3072;
    this.#possible = sys.schedGetaffinity(request.address(this.#allowedAt), MASK_BYTES) > 0;
  }

  /** Call once per request, with its header taken over. */
  note(): void {
    const pid = this.#request.pid;
    if (pid === 0) return; // the kernel's own: RELEASE, FORGET
    if (pid !== this.#lastPid) {
      this.#switches++;
      this.#lastPid = pid;
    }
    if (--this.#countdown > 0) return;
    this.#countdown = EVERY;
    if (this.#possible) {
      const core = this.#switches > SWITCHES_OF_ONE_AT_A_TIME ? -1 : this.#coreOf(pid);
      if (core !== this.#core) this.#moveTo(core);
    }
    this.#switches = 0;
  }

  #moveTo(core: number): void {
    const { memory } = this.#request;
    if (core < 0) {
      sys.schedSetaffinity(this.#request.address(this.#allowedAt), MASK_BYTES);
    } else {
      memory.u8.fill(0, this.#maskAt, this.#maskAt + MASK_BYTES);
      memory.u8[this.#maskAt + (core >>> 3)] = 1 << (core & 7);
      if (sys.schedSetaffinity(this.#request.address(this.#maskAt), MASK_BYTES) < 0) core = -1;
    }
    this.#core = core;
  }

  /** The core that process `pid` last ran on, or -1. */
  #coreOf(pid: number): number {
    const { u8 } = this.#request.memory;
    let at = this.#at;
    at = put(u8, at, PROC);
    at = putNumber(u8, at, pid);
    at = put(u8, at, STAT);
    u8[at] = 0;
    const fd = sys.openat(AT_FDCWD, this.#request.address(this.#at), O_RDONLY_CLOEXEC, 0);
    if (fd < 0) return -1;
    const length = sys.read(fd, this.#request.address(this.#at), STAT_BYTES);
    sys.close(fd);
    return length > 0 ? processorField(u8, this.#at, this.#at + length) : -1;
  }
}

const PROC = new TextEncoder().encode('/proc/');
const STAT = new TextEncoder().encode('/stat');

function put(u8: Uint8Array, at: number, bytes: Uint8Array): number {
  u8.set(bytes, at);
  return at + bytes.length;
}

function putNumber(u8: Uint8Array, at: number, value: number): number {
  let divisor = 1;
  while (divisor * 10 <= value) divisor *= 10;
  for (; divisor >= 1; divisor = Math.floor(divisor / 10))
    u8[at++] = 0x30 + (Math.floor(value / divisor) % 10);
  return at;
}

/** Field 39 of a /proc/<pid>/stat line; the command name in parentheses may itself hold spaces and parentheses. */
export function processorField(u8: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && u8[at - 1] !== 0x29) at--;
  if (at === start) return -1;
  // `at` is just behind the closing parenthesis of field 2.
  for (let field = 2; at < end; at++) {
    if (u8[at] !== 0x20) continue;
    if (++field === 39) {
      let value = 0;
      let digits = 0;
      for (at++; at < end; at++, digits++) {
        const digit = (u8[at] as number) - 0x30;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      // A number at the very end may have been cut short.
      return digits > 0 && at < end && value < 1024 ? value : -1;
    }
  }
  return -1;
}
