/** What the test and the serving process of a played kernel say to each other: u32 kind, u32 length, bytes. */
import type { StorageGeometry } from './layout.ts';
import type { VolumeStatistics } from './statistics.ts';

export const FRAME = {
  /** To the server: a request. Back: its reply, or nothing when none came in time. */
  exchange: 1,
  /** To the server: a request that has no reply. Back: an empty frame. */
  send: 2,
  /** Back: {@link ServerState} as JSON. */
  state: 3,
  /** Back: one more reply to what was sent before. */
  receive: 4,
} as const;

const HEAD = 8;

export interface Frame {
  kind: number;
  body: Buffer;
}

export function frame(kind: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** Cuts a stream of bytes into frames. */
export class Frames {
  #pending = Buffer.alloc(0);

  /** The frames that are whole with `chunk`. */
  take(chunk: Uint8Array): Frame[] {
    let pending = Buffer.concat([this.#pending, chunk]);
    const whole: Frame[] = [];
    while (pending.length >= HEAD && pending.length >= HEAD + pending.readUInt32LE(4)) {
      const end = HEAD + pending.readUInt32LE(4);
      whole.push({ kind: pending.readUInt32LE(0), body: pending.subarray(HEAD, end) });
      pending = pending.subarray(end);
    }
    this.#pending = pending;
    return whole;
  }
}

export interface ServerOptions {
  source: string;
  policy: string;
  workers: number;
  geometry: StorageGeometry;
  /** Whether a passthrough dialect is taken; its ioctls fail on a socket. */
  allowPassthrough: boolean;
  /** As on a lower file system without file handles. */
  byName: boolean;
  /** A thread drops pages beside direct writes; its notifications come as replies do, or are passed over. */
  dropsPages?: 'shown' | 'unseen';
}

export interface ServerState extends VolumeStatistics {
  descriptors: number;
  /** A message that nobody asked for waits. */
  stray: boolean;
}
