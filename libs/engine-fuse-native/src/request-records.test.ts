import { describe, expect, it } from 'vitest';
import { RECORD, RequestRecords, modifiedMs } from './request-records.ts';
import type { FuseNativeMount, NativeHandler } from './package.ts';

function record(accessed: bigint, modified: bigint): Buffer {
  const buffer = Buffer.alloc(RECORD.SIZE + 8);
  buffer.writeBigUInt64LE(accessed, RECORD.accessedMs);
  buffer.writeBigUInt64LE(modified, RECORD.modifiedMs);
  return buffer;
}

function mountWith(handler: NativeHandler): FuseNativeMount {
  return { mount: () => undefined, _handlers: new Array<NativeHandler>(34).fill(handler) };
}

describe('the modification time of a request', () => {
  const accessed = 5n * 2n ** 32n + 7n;

  it('is taken from the record behind the access time', () => {
    expect(modifiedMs(record(accessed, 1_700_000_000_123n), 7, 5)).toBe(1_700_000_000_123);
  });

  it('is not known where the record has another shape', () => {
    expect(modifiedMs(record(accessed + 1n, 1n), 7, 5)).toBe(-1);
    expect(modifiedMs(Buffer.alloc(RECORD.SIZE - 1), 0, 0)).toBe(-1);
  });

  it('is 1970 where it was before', () => {
    expect(modifiedMs(record(accessed, 2n ** 64n - 1000n), 7, 5)).toBe(0);
  });

  it('goes to the handler in the place of the access time given twice', () => {
    const calls: unknown[][] = [];
    const mount = mountWith((_record, ...args) => calls.push(args));
    const records = new RequestRecords();
    records.watch(mount);
    mount._handlers[12]?.(record(accessed, 2n ** 32n + 3n), 12, '/file', 7, 5, 7, 5);
    expect(calls).toEqual([[12, '/file', 7, 5, 3, 1]]);
    expect(records.hasModified).toBe(true);
  });
});

describe('the open file that attributes are asked of', () => {
  it('is known while they are, and is no other request’s', () => {
    const records = new RequestRecords();
    const seen: number[] = [];
    const mount = mountWith(() => seen.push(records.handle));
    records.watch(mount);
    mount._handlers[4]?.(Buffer.alloc(0), 4, '/file', 7);
    mount._handlers[5]?.(Buffer.alloc(0), 5, '/file');
    expect(seen).toEqual([7, 0]);
  });
});

describe('the room for an attribute', () => {
  it('is that of the request being answered', () => {
    const records = new RequestRecords();
    const mount = mountWith(() => undefined);
    records.watch(mount);
    mount._handlers[18]?.(Buffer.alloc(0), 18, '/file', 'user.x', Buffer.alloc(12), 0);
    expect(records.room).toBe(12);
    mount._handlers[19]?.(Buffer.alloc(0), 19, '/file', Buffer.alloc(3));
    expect(records.room).toBe(3);
  });

  it('cannot be known of another version of the package', () => {
    const none = { mount: () => undefined, _handlers: [] };
    expect(() => new RequestRecords().watch(none)).toThrow('2.2.6 is needed');
  });
});
