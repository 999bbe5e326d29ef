/** From what the lower calls write to what the package takes. Its inode and device numbers have 32 bits, its times milliseconds. */
import { S } from '@sluice/sys';
import type { Scratch, Address } from '@sluice/sys';
import { ATTR, KSTATFS, STATFS_OUT } from '@sluice/wire';
import type { FixedOwnership } from '@sluice/storage';
import type { Attributes, FileSystemFacts } from './fuse-operations.ts';

const WORD = 2 ** 32;

/** `at`: a `fuse_attr`. `ownership`: what every object is shown with, where the volume has one. */
export function attributesAt(
  scratch: Scratch,
  at: Address,
  ownership: FixedOwnership | undefined,
): Attributes {
  const mode = scratch.u32At(at + ATTR.mode);
  const type = mode & S.IFMT;
  const shown =
    ownership === undefined
      ? mode
      : type | (type === S.IFLNK ? 0o777 : type === S.IFDIR ? ownership.directoryMode : ownership.fileMode);
  return {
    mode: shown,
    uid: ownership?.uid ?? scratch.u32At(at + ATTR.uid),
    gid: ownership?.gid ?? scratch.u32At(at + ATTR.gid),
    size: Number(scratch.u64At(at + ATTR.size)),
    nlink: scratch.u32At(at + ATTR.nlink),
    ino: foldIno(scratch.u64At(at + ATTR.ino)),
    rdev: scratch.u32At(at + ATTR.rdev),
    blksize: scratch.u32At(at + ATTR.blksize),
    blocks: Number(scratch.u64At(at + ATTR.blocks)),
    atime: milliseconds(scratch, at + ATTR.atime, at + ATTR.atimensec),
    mtime: milliseconds(scratch, at + ATTR.mtime, at + ATTR.mtimensec),
    ctime: milliseconds(scratch, at + ATTR.ctime, at + ATTR.ctimensec),
  };
}

/** Itself where 32 bits hold it, never 0. */
export function foldIno(ino: bigint): number {
  const folded = Number((ino & 0xffff_ffffn) ^ (ino >> 32n));
  return folded === 0 ? 1 : folded;
}

function milliseconds(scratch: Scratch, secondsAt: Address, nanosecondsAt: Address): number {
  const seconds = Number(BigInt.asIntN(64, scratch.u64At(secondsAt)));
  return Math.max(0, seconds * 1000 + Math.floor(scratch.u32At(nanosecondsAt) / 1_000_000));
}

/** `at`: a `fuse_kstatfs`. */
export function fileSystemFactsAt(scratch: Scratch, at: Address): FileSystemFacts {
  const count = (field: number): number => Number(scratch.u64At(at + field));
  return inLargerBlocks({
    bsize: scratch.u32At(at + STATFS_OUT.st + KSTATFS.bsize),
    frsize: scratch.u32At(at + STATFS_OUT.st + KSTATFS.frsize),
    blocks: count(STATFS_OUT.st + KSTATFS.blocks),
    bfree: count(STATFS_OUT.st + KSTATFS.bfree),
    bavail: count(STATFS_OUT.st + KSTATFS.bavail),
    files: Math.min(count(STATFS_OUT.st + KSTATFS.files), WORD - 1),
    ffree: Math.min(count(STATFS_OUT.st + KSTATFS.ffree), WORD - 1),
    favail: Math.min(count(STATFS_OUT.st + KSTATFS.ffree), WORD - 1),
    namemax: scratch.u32At(at + STATFS_OUT.st + KSTATFS.namelen),
  });
}

/** Blocks so large that 32 bits count them. */
export function inLargerBlocks(facts: FileSystemFacts): FileSystemFacts {
  let scale = 1;
  while (facts.blocks / scale >= WORD) scale *= 2;
  if (scale === 1) return facts;
  const scaled = (blocks: number): number => Math.floor(blocks / scale);
  return {
    ...facts,
    frsize: facts.frsize * scale,
    blocks: scaled(facts.blocks),
    bfree: scaled(facts.bfree),
    bavail: scaled(facts.bavail),
  };
}
