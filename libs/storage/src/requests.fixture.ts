/** Requests as the kernel lays them out, and what it expects of a lower file's attributes: by literal offsets. */
import { lstatSync } from 'node:fs';

/** Little-endian u32 words. */
export function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

/** Little-endian u64s. */
export function longs(...values: readonly bigint[]): Buffer {
  return Buffer.from(BigUint64Array.from(values).buffer);
}

/** A name with its NUL. */
export function name(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'latin1');
}

export interface Header {
  opcode: number;
  unique: bigint;
  nodeid: bigint;
  uid?: number;
  gid?: number;
}

/** A whole request; its header tells the true length. */
export function request(header: Header, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.alloc(40), ...parts]);
  body.writeUInt32LE(body.length, 0);
  body.writeUInt32LE(header.opcode, 4);
  body.writeBigUInt64LE(header.unique, 8);
  body.writeBigUInt64LE(header.nodeid, 16);
  body.writeUInt32LE(header.uid ?? 0, 24);
  body.writeUInt32LE(header.gid ?? 0, 28);
  body.writeUInt32LE(4242, 32);
  return body;
}

/** The 88 bytes of `fuse_attr` for the lower file at `path`. */
export function attributes(path: string): Buffer {
  const stat = lstatSync(path, { bigint: true });
  const nanoseconds = (time: bigint): number => Number(time % 1_000_000_000n);
  return Buffer.concat([
    longs(stat.ino, stat.size, stat.blocks),
    longs(stat.atimeNs / 1_000_000_000n, stat.mtimeNs / 1_000_000_000n, stat.ctimeNs / 1_000_000_000n),
    words(nanoseconds(stat.atimeNs), nanoseconds(stat.mtimeNs), nanoseconds(stat.ctimeNs)),
    words(Number(stat.mode), Number(stat.nlink), Number(stat.uid), Number(stat.gid)),
    words(Number(stat.rdev), Number(stat.blksize), 0),
  ]);
}

/** The 128 bytes of `fuse_entry_out`, valid for 1.5 s. */
export function entry(nodeid: bigint, path: string): Buffer {
  return Buffer.concat([
    longs(nodeid, nodeid >> 32n, 1n, 1n),
    words(500_000_000, 500_000_000),
    attributes(path),
  ]);
}

/** The 104 bytes of `fuse_attr_out`, valid for 1.5 s. */
export function attributesOut(path: string): Buffer {
  return Buffer.concat([longs(1n), words(500_000_000, 0), attributes(path)]);
}

/** The 288 bytes of `fuse_statx_out`, valid for 1.5 s, for a lower file that knows when it was born. */
export function statxOut(path: string): Buffer {
  const stat = lstatSync(path, { bigint: true });
  const time = (nanoseconds: bigint): Buffer =>
    Buffer.concat([longs(nanoseconds / 1_000_000_000n), words(Number(nanoseconds % 1_000_000_000n), 0)]);
  return Buffer.concat([
    longs(1n),
    words(500_000_000, 0),
    longs(0n, 0n),
    words(0xfff, Number(stat.blksize), 0, 0),
    words(Number(stat.nlink), Number(stat.uid), Number(stat.gid), Number(stat.mode)),
    longs(stat.ino, stat.size, stat.blocks, 0n),
    time(stat.atimeNs),
    time(stat.birthtimeNs),
    time(stat.ctimeNs),
    time(stat.mtimeNs),
    words(0, 0, 0, 0),
    Buffer.alloc(14 * 8),
  ]);
}
