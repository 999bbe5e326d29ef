/**
 * Requests that a kernel would send, and many that it never would: of every opcode, about objects that exist and about
 * others, well-formed or broken in one of the ways listed here. All depend on the seed alone and on the replies so far.
 */
import { S } from '@sluice/sys';
import { OPCODE, OPCODES, opcodeIndex, operationAt } from '@sluice/wire';
import { longs, request, words } from './requests.fixture.ts';
import { MIB, RandomValues } from './random-values.fixture.ts';

const HEADER = 40;
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
  readonly #values: RandomValues;
  readonly #bag: number[] = [];
  #unique = 0n;

  constructor(seed: number) {
    this.#values = new RandomValues(seed);
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
    const random = this.#values.below;
    const full = this.#handles.length > 200 && this.#values.one(2);
    const opcode = this.#values.one(20)
      ? this.#values.u32()
      : full
        ? OPCODE.RELEASE
        : this.#values.pick(this.#bag);
    this.#unique += 2n;
    const uids = [0, 0, 1000, 0xffff_ffff, this.#values.u32()];
    const header = { opcode, unique: this.#unique, nodeid: this.#node(ABOUT_DIRECTORIES.has(opcode)) };
    const owner = { uid: this.#values.pick(uids), gid: this.#values.pick(uids) };
    let bytes = request({ ...header, ...owner }, ...this.#body(opcode));
    if (random(10) < 3) bytes = this.#broken(bytes);
    return describe(harmless(bytes));
  }

  #body(opcode: number): Buffer[] {
    const operation = operationAt(opcodeIndex(opcode));
    if (operation === undefined) return [this.#values.bytes(this.#values.below(64))];
    const argument = this.#argument(opcode, opcode === OPCODE.SETXATTR ? 16 : operation.argument);
    const names = operation.nameRules.map((rule) => this.#values.name(rule));
    let data: Buffer = Buffer.alloc(0);
    if (operation.payload !== undefined) {
      const { at, unit } = operation.payload;
      const count = this.#values.one(50) ? this.#values.below(MIB / unit) : this.#values.below(20);
      data = unit === 16 ? this.#forgets(count) : this.#values.bytes(count * unit);
      argument.writeUInt32LE(count, at);
    }
    return [argument, ...names, data];
  }

  /** Random words, and in the fields that matter most values that lead further. */
  #argument(opcode: number, size: number): Buffer {
    const argument = Buffer.alloc(size);
    const filled = this.#values.one(4);
    for (let at = 0; filled && at + 4 <= size; at += 4)
      argument.writeUInt32LE(this.#values.one(3) ? this.#values.u32() : 0, at);
    const handle = (at: number): void => {
      argument.writeBigUInt64LE(this.#handle(), at);
    };
    const range = (offsetAt: number): void => {
      argument.writeBigUInt64LE(this.#values.offset(), offsetAt);
    };
    switch (opcode) {
      case OPCODE.INIT:
        argument.set(
          words(
            7,
            this.#values.below(60),
            this.#values.u32(),
            this.#values.one(3) ? this.#values.u32() : 0x7fff_ffff,
          ),
        );
        return Buffer.concat([
          argument,
          this.#values.one(2) ? words(this.#values.u32(), ...Array<number>(11).fill(0)) : Buffer.alloc(0),
        ]);
      case OPCODE.OPEN:
      case OPCODE.CREATE:
      case OPCODE.TMPFILE:
        argument.writeUInt32LE(this.#values.openFlags(), 0);
        break;
      case OPCODE.READ:
      case OPCODE.WRITE:
      case OPCODE.READDIR:
      case OPCODE.READDIRPLUS:
        handle(0);
        range(8);
        argument.writeUInt32LE(this.#values.size(), 16);
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
        argument.writeUInt32LE(this.#values.one(2) ? 0 : this.#values.below(0x80), 24);
        break;
      case OPCODE.LSEEK:
        handle(0);
        range(8);
        argument.writeUInt32LE(this.#values.below(6), 16);
        break;
      case OPCODE.COPY_FILE_RANGE:
      case OPCODE.COPY_FILE_RANGE_64:
        handle(0);
        range(8);
        handle(24);
        range(32);
        range(40);
        argument.writeBigUInt64LE(this.#values.one(4) ? 1n : 0n, 48);
        break;
      case OPCODE.GETATTR:
      case OPCODE.STATX:
      case OPCODE.SETATTR:
        handle(8);
        argument.writeUInt32LE(this.#values.below(opcode === OPCODE.SETATTR ? 0x1000 : 2), 0);
        if (opcode === OPCODE.SETATTR) range(16);
        break;
      case OPCODE.IOCTL:
        handle(0);
        argument.writeUInt32LE(
          this.#values.pick([0x8008_6601, 0x4008_6602, 0x801c_581f, 0x401c_5820, this.#values.u32()]),
          12,
        );
        argument.writeUInt32LE(this.#values.size(), 28);
        break;
      case OPCODE.MKNOD:
        argument.writeUInt32LE(
          (this.#values.pick([S.IFREG, S.IFIFO, S.IFSOCK, S.IFDIR, 0, this.#values.u32()]) | 0o644) >>> 0,
          0,
        );
        break;
      case OPCODE.RENAME:
      case OPCODE.RENAME2:
      case OPCODE.LINK:
        argument.writeBigUInt64LE(this.#node(opcode !== OPCODE.LINK), 0);
        if (opcode === OPCODE.RENAME2) argument.writeUInt32LE(this.#values.below(5), 8);
        break;
      case OPCODE.GETXATTR:
      case OPCODE.LISTXATTR:
        argument.writeUInt32LE(this.#values.size(), 0);
        break;
      case OPCODE.FORGET:
        argument.writeBigUInt64LE(this.#values.one(10) ? 2n ** 64n - 1n : BigInt(this.#values.below(4)), 0);
        break;
    }
    return argument;
  }

  #forgets(count: number): Buffer {
    return Buffer.concat(
      Array.from({ length: count }, () =>
        longs(this.#node(this.#values.one(2)), BigInt(this.#values.below(3))),
      ),
    );
  }

  #broken(bytes: Buffer): Buffer {
    const random = this.#values.below;
    const copy = Buffer.from(bytes);
    switch (random(8)) {
      case 0: // cut short, and said so or not
        return this.#told(copy.subarray(0, 1 + random(copy.length)));
      case 1: // more than there should be
        return this.#told(Buffer.concat([copy, this.#values.bytes(1 + random(300))]));
      case 2:
        copy.writeUInt32LE(this.#values.u32(), 0);
        return copy;
      case 3: // another operation's request
        copy.writeUInt32LE(this.#values.pick(this.#bag), 4);
        return copy;
      case 4: // the last NUL, wherever it is
        copy[Math.max(0, copy.lastIndexOf(0))] = 0x6e;
        return copy;
      case 5: // a size or count that lies
        if (copy.length >= HEADER + 4)
          copy.writeUInt32LE(this.#values.u32(), HEADER + 4 * random((copy.length - HEADER) >>> 2));
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
    if (bytes.length >= 4 && !this.#values.one(4)) bytes.writeUInt32LE(bytes.length, 0);
    return bytes;
  }

  /** Mostly of the kind that fits. */
  #node(directory: boolean): bigint {
    if (this.#values.one(16)) return this.#values.long();
    const fitting = directory !== this.#values.one(8) ? this.#directories : this.#others;
    return this.#values.one(6) || fitting.length === 0 ? 1n : this.#values.pick(fitting);
  }

  #handle(): bigint {
    return this.#values.one(10) || this.#handles.length === 0
      ? this.#values.long()
      : this.#values.pick(this.#handles);
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
