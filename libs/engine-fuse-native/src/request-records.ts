/**
 * What fuse-native 2.2.6 knows of a request and does not hand on: it gives the access time in the place of the
 * modification time as well, tells nobody how much room there is for the value of an extended attribute, and asks for the
 * attributes of an open file by its path. All three are taken from what its native part hands to its own handlers, before
 * they run.
 */
import type { FuseNativeMount, NativeHandler } from './package.ts';

/** The package's numbers of operations (fuse-native.c). */
const OPERATION = { fgetattr: 4, utimens: 12, getxattr: 18, listxattr: 19 } as const;
/** Offsets of two u64, milliseconds, in the package's record of a request (fuse_thread_locals_t on x86-64). */
export const RECORD = { accessedMs: 104, modifiedMs: 112, SIZE: 120 } as const;
const WORD = 2 ** 32;

export class RequestRecords {
  /** Of the request being answered: the open file whose attributes are asked for; 0: what a path names is meant. */
  handle = 0;
  /** Of the request being answered: bytes of room for an attribute's value or names; 0: only the size is wanted. */
  room = 0;
  /** Of the request being answered: whether its modification time is the true one. */
  hasModified = false;

  /** To be called before the mount is made: the package takes its handlers then. */
  watch({ _handlers: handlers }: FuseNativeMount): void {
    const plain = (operation: number): NativeHandler => {
      const handler = handlers[operation];
      if (handler === undefined)
        throw new Error(`this fuse-native has no operation ${operation}: 2.2.6 is needed`);
      return handler;
    };
    const fgetattr = plain(OPERATION.fgetattr);
    handlers[OPERATION.fgetattr] = (record, operation, path, handle, ...rest) => {
      this.handle = handle as number;
      const result = fgetattr(record, operation, path, handle, ...rest);
      this.handle = 0;
      return result;
    };
    const utimens = plain(OPERATION.utimens);
    handlers[OPERATION.utimens] = (record, operation, path, ...times) => {
      const modified = modifiedMs(record, times[0] as number, times[1] as number);
      this.hasModified = modified >= 0;
      const ms = Math.max(0, modified);
      return utimens(record, operation, path, times[0], times[1], ms % WORD, Math.floor(ms / WORD));
    };
    const getxattr = plain(OPERATION.getxattr);
    handlers[OPERATION.getxattr] = (record, operation, path, name, value, ...rest) => {
      this.room = (value as Buffer).length;
      return getxattr(record, operation, path, name, value, ...rest);
    };
    const listxattr = plain(OPERATION.listxattr);
    handlers[OPERATION.listxattr] = (record, operation, path, list, ...rest) => {
      this.room = (list as Buffer).length;
      return listxattr(record, operation, path, list, ...rest);
    };
  }
}

/** The record's modification time; -1 if the record is another than this one: its access time is not the one told. */
export function modifiedMs(record: Buffer, accessedLow: number, accessedHigh: number): number {
  if (record.length < RECORD.SIZE) return -1;
  const accessed = record.readBigUInt64LE(RECORD.accessedMs);
  if (accessed !== BigInt(accessedHigh) * BigInt(WORD) + BigInt(accessedLow)) return -1;
  // Times before 1970 are huge numbers here.
  const modified = record.readBigUInt64LE(RECORD.modifiedMs);
  return modified < 2n ** 53n ? Number(modified) : 0;
}
