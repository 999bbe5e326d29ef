/**
 * Requests that a kernel would send, and many that it never would: of every opcode, about objects that exist and about
 * others, well-formed or broken in one of the ways listed here. All depend on the seed alone and on the replies so far.
 */
import { O, S } from '@sluice/sys';
import { OPCODE, OPCODES, opcodeIndex, operationAt } from '@sluice/wire';
import { longs, request, words } from './requests.fixture.ts';
import { seeded } from './tables.fixture.ts';

const HEADER = 40;
const MIB = 1 << 20;
/** How often an opcode is chosen; 4 if it is not here. Syncing waits for the disk; too much forgetting leaves nothing to do. */
const WEIGHT: Readonly<Record<string, number>> = {
  LOOKUP: 20,
  CREATE: 12,
  MKDIR: 6,
  MKNOD: 6,
  OPEN: 12,
  OPENDIR: 6,
  READDIRPLUS: 6,
  FORGET: 1,
  BATCH_FORGET: 0.3,
  RELEASE: 1,
  RELEASEDIR: 1,
  INIT: 0.2,
  ACCESS: 0.5,
  BMAP: 0.5,
  CANONICAL_PATH: 0.5,
  CUSE_INIT: 0.5,
  GETLK: 0.5,
  SETLK: 0.5,
  SETLKW: 0.5,
  POLL: 0.5,
  SETUPMAPPING: 0.5,
  REMOVEMAPPING: 0.5,
  FLUSH: 0.5,
  DESTROY: 0.2,
  FSYNC: 0.05,
  FSYNCDIR: 0.05,
  SYNCFS: 0.01,
};
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '\xc3\xa9', 'x'.repeat(255)];
const BAD_NAMES = ['', '.', '..', '/', 'a/b', '../sentinel', '../sentinel-directory/inner', 'y'.repeat(256), '..\0'];
const TARGETS = ['a', '../sentinel', '../sentinel-directory', '/', '..', 'z'.repeat(4095), ''];
const ABOUT_DIRECTORIES = new Set<number>([
  OPCODE.LOOKUP,
  OPCODE.OPENDIR,
  OPCODE.READDIR,
  OPCODE.READDIRPLUS,
  OPCODE.MKDIR,
  OPCODE.MKNOD,
  OPCODE.SYMLINK,
  OPCODE.LINK,
  OPCODE.CREATE,
  OPCODE.TMPFILE,
  OPCODE.UNLINK,
  OPCODE.RMDIR,
  OPCODE.RENAME,
  OPCODE.RENAME2,
]);
const XATTRS = ['user.a', 'user.b', 'trusted.t', 'security.none', 'system.posix_acl_access', 'no-namespace'];

export interface RandomRequest {
  bytes: Buffer;
  /** As the receiver reads it; -1 where the header is cut short. */
  opcode: number;
  unique: bigint;
  hasReply: boolean;
}

export class RandomRequests {
  /** Objects that replies told of; the generator draws from the latest. */
  readonly #directories: bigint[] = [1n];
  readonly #others: bigint[] = [];
  readonly #handles: bigint[] = [];
  readonly #random: (bound: number) => number;
  readonly #bag: number[] = [];
  #unique = 0n;

  constructor(seed: number) {
    this.#random = seeded(seed);
    for (const { number, name } of OPCODES) {
      for (let i = 0; i < (WEIGHT[name] ?? 4) * 100; i++) this.#bag.push(number);
    }
  }

  learnNode(nodeid: bigint, mode: number): void {
    learn((mode & S.IFMT) === S.IFDIR ? this.#directories : this.#others, nodeid);
  }

  learnHandle(handle: bigint): void {
    this.#handles.push(handle);
  }

  forgetHandle(handle: bigint): void {
    const index = this.#handles.indexOf(handle);
    if (index >= 0) this.#handles.splice(index, 1);
  }

  next(): RandomRequest {
    const random = this.#random;
    const full = this.#handles.length > 200 && this.#one(2);
    const opcode = this.#one(20) ? this.#u32() : full ? OPCODE.RELEASE : this.#pick(this.#bag);
    this.#unique += 2n;
    const uids = [0, 0, 1000, 0xffff_ffff, this.#u32()];
    const header = { opcode, unique: this.#unique, nodeid: this.#node(ABOUT_DIRECTORIES.has(opcode)) };
    const owner = { uid: this.#pick(uids), gid: this.#pick(uids) };
    let bytes = request({ ...header, ...owner }, ...this.#body(opcode));
    if (random(10) < 3) bytes = this.#broken(bytes);
    return describe(harmless(bytes));
  }

  #body(opcode: number): Buffer[] {
    const operation = operationAt(opcodeIndex(opcode));
    if (operation === undefined) return [this.#bytes(this.#random(64))];
    const argument = this.#argument(opcode, opcode === OPCODE.SETXATTR ? 16 : operation.argument);
    const names = operation.nameRules.map((rule) => this.#name(rule));
    let data = Buffer.alloc(0);
    if (operation.payload !== undefined) {
      const { at, unit } = operation.payload;
      const count = this.#one(50) ? this.#random(MIB / unit) : this.#random(20);
      data = unit === 16 ? this.#forgets(count) : this.#bytes(count * unit);
      argument.writeUInt32LE(count, at);
    }
    return [argument, ...names, data];
  }

  /** Random words, and in the fields that matter most values that lead further. */
  #argument(opcode: number, size: number): Buffer {
    const argument = Buffer.alloc(size);
    const filled = this.#one(4);
    for (let at = 0; filled && at + 4 <= size; at += 4) argument.writeUInt32LE(this.#one(3) ? this.#u32() : 0, at);
    const handle = (at: number): void => {
      argument.writeBigUInt64LE(this.#handle(), at);
    };
    const range = (offsetAt: number): void => {
      argument.writeBigUInt64LE(this.#offset(), offsetAt);
    };
    switch (opcode) {
      case OPCODE.INIT:
        argument.set(words(7, this.#random(60), this.#u32(), this.#one(3) ? this.#u32() : 0x7fff_ffff));
        return Buffer.concat([argument, this.#one(2) ? words(this.#u32(), ...Array<number>(11).fill(0)) : Buffer.alloc(0)]);
      case OPCODE.OPEN:
      case OPCODE.CREATE:
      case OPCODE.TMPFILE:
        argument.writeUInt32LE(this.#openFlags(), 0);
        break;
      case OPCODE.READ:
      case OPCODE.WRITE:
      case OPCODE.READDIR:
      case OPCODE.READDIRPLUS:
        handle(0);
        range(8);
        argument.writeUInt32LE(this.#size(), 16);
        break;
      case OPCODE.RELEASE:
      case OPCODE.RELEASEDIR:
      case OPCODE.FSYNC:
      case OPCODE.FSYNCDIR:
      case OPCODE.FLUSH:
        handle(0);
        break;
      case OPCODE.FALLOCATE:
        handle(0);
        range(8);
        range(16);
        argument.writeUInt32LE(this.#one(2) ? 0 : this.#random(0x80), 24);
        break;
      case OPCODE.LSEEK:
        handle(0);
        range(8);
        argument.writeUInt32LE(this.#random(6), 16);
        break;
      case OPCODE.COPY_FILE_RANGE:
      case OPCODE.COPY_FILE_RANGE_64:
        handle(0);
        range(8);
        handle(24);
        range(32);
        range(40);
        argument.writeBigUInt64LE(this.#one(4) ? 1n : 0n, 48);
        break;
      case OPCODE.GETATTR:
      case OPCODE.STATX:
      case OPCODE.SETATTR:
        handle(8);
        argument.writeUInt32LE(this.#random(opcode === OPCODE.SETATTR ? 0x1000 : 2), 0);
        if (opcode === OPCODE.SETATTR) range(16);
        break;
      case OPCODE.IOCTL:
        handle(0);
        argument.writeUInt32LE(this.#pick([0x8008_6601, 0x4008_6602, 0x801c_581f, 0x401c_5820, this.#u32()]), 12);
        argument.writeUInt32LE(this.#size(), 28);
        break;
      case OPCODE.MKNOD:
        argument.writeUInt32LE(
          (this.#pick([S.IFREG, S.IFIFO, S.IFSOCK, S.IFDIR, 0, this.#u32()]) | 0o644) >>> 0,
          0,
        );
        break;
      case OPCODE.RENAME:
      case OPCODE.RENAME2:
      case OPCODE.LINK:
        argument.writeBigUInt64LE(this.#node(opcode !== OPCODE.LINK), 0);
        if (opcode === OPCODE.RENAME2) argument.writeUInt32LE(this.#random(5), 8);
        break;
      case OPCODE.GETXATTR:
      case OPCODE.LISTXATTR:
        argument.writeUInt32LE(this.#size(), 0);
        break;
      case OPCODE.FORGET:
        argument.writeBigUInt64LE(this.#one(10) ? 2n ** 64n - 1n : BigInt(this.#random(4)), 0);
        break;
    }
    return argument;
  }

  #forgets(count: number): Buffer {
    return Buffer.concat(Array.from({ length: count }, () => longs(this.#node(this.#one(2)), BigInt(this.#random(3)))));
  }

  #broken(bytes: Buffer): Buffer {
    const random = this.#random;
    const copy = Buffer.from(bytes);
    switch (random(8)) {
      case 0: // cut short, and said so or not
        return this.#told(copy.subarray(0, 1 + random(copy.length)));
      case 1: // more than there should be
        return this.#told(Buffer.concat([copy, this.#bytes(1 + random(300))]));
      case 2:
        copy.writeUInt32LE(this.#u32(), 0);
        return copy;
      case 3: // another operation's request
        copy.writeUInt32LE(this.#pick(this.#bag), 4);
        return copy;
      case 4: // the last NUL, wherever it is
        copy[Math.max(0, copy.lastIndexOf(0))] = 0x6e;
        return copy;
      case 5: // a size or count that lies
        if (copy.length >= HEADER + 4) copy.writeUInt32LE(this.#u32(), HEADER + 4 * random((copy.length - HEADER) >>> 2));
        return copy;
      case 6:
        copy.writeUInt16LE(random(0x1_0000), 36);
        return copy;
      default:
        for (let i = 1 + random(8); i > 0; i--) copy[random(copy.length)] = random(256);
        return copy;
    }
  }

  #told(bytes: Buffer): Buffer {
    if (bytes.length >= 4 && !this.#one(4)) bytes.writeUInt32LE(bytes.length, 0);
    return bytes;
  }

  #name(rule: string): Buffer {
    const names = rule === 'xattr' ? XATTRS : rule === 'target' ? TARGETS : this.#one(8) ? BAD_NAMES : NAMES;
    const text = Buffer.from(this.#pick(names), 'latin1');
    return Buffer.concat([this.#one(30) ? this.#bytes(1 + this.#random(300)) : text, Buffer.alloc(1)]);
  }

  /** Mostly of the kind that fits. */
  #node(directory: boolean): bigint {
    if (this.#one(16)) return this.#long();
    const fitting = directory !== this.#one(8) ? this.#directories : this.#others;
    return this.#one(6) || fitting.length === 0 ? 1n : this.#pick(fitting);
  }

  #handle(): bigint {
    return this.#one(10) || this.#handles.length === 0 ? this.#long() : this.#pick(this.#handles);
  }

  #openFlags(): number {
    if (this.#one(8)) return this.#u32();
    return this.#random(4) | this.#pick([0, 0, O.TRUNC, O.APPEND, O.EXCL, O.APPEND | O.TRUNC]);
  }

  #size(): number {
    return this.#one(4) ? this.#pick([0, 1, 0xffff_ffff, 0x8000_0000, 2 * MIB, this.#u32()]) : this.#random(8192);
  }

  #offset(): bigint {
    return this.#one(6) ? this.#long() : BigInt(this.#random(10_000));
  }

  #long(): bigint {
    const high = this.#pick([0, 0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, this.#u32()]);
    return (BigInt(high) << 32n) | BigInt(this.#one(2) ? this.#random(64) : this.#u32());
  }

  #u32(): number {
    const shift = this.#random(32);
    return ((this.#random(0x1_0000) * 0x1_0000 + this.#random(0x1_0000)) >>> shift) >>> 0;
  }

  #bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < Math.min(count, 400); i++) bytes[i] = this.#random(256);
    return bytes;
  }

  /** One time in `times`. */
  #one(times: number): boolean {
    return this.#random(times) === 0;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random(from.length)] as T;
  }
}

/** The latest are kept: older ones have often gone. */
function learn(all: bigint[], one: bigint): void {
  all.push(one);
  if (all.length > 48) all.shift();
}

function describe(bytes: Buffer): RandomRequest {
  if (bytes.length < HEADER) return { bytes, opcode: -1, unique: -1n, hasReply: false };
  const opcode = bytes.readUInt32LE(4);
  const hasReply = operationAt(opcodeIndex(opcode))?.reply ?? true;
  return { bytes, opcode, unique: bytes.readBigUInt64LE(8), hasReply };
}

/** Keeps files small: what is no absurd size is made one of less than a MiB, so that a test run does not fill a disk. */
function harmless(bytes: Buffer): Buffer {
  if (bytes.length < HEADER) return bytes;
  const tame = (at: number): void => {
    if (bytes.length < HEADER + at + 8) return;
    const value = bytes.readBigUInt64LE(HEADER + at);
    if (value < 1n << 62n) bytes.writeBigUInt64LE(value % BigInt(MIB), HEADER + at);
  };
  const fields: Readonly<Record<number, readonly number[]>> = {
    [OPCODE.SETATTR]: [16],
    [OPCODE.WRITE]: [8],
    [OPCODE.FALLOCATE]: [8, 16],
    [OPCODE.COPY_FILE_RANGE]: [8, 32, 40],
    [OPCODE.COPY_FILE_RANGE_64]: [8, 32, 40],
  };
  for (const at of fields[bytes.readUInt32LE(4)] ?? []) tame(at);
  return bytes;
}
