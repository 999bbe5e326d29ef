/** Questions to a played kernel's volume with the checks that every reply must pass, whatever was asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ERRNO } from '@sluice/sys';
import { OPCODE, opcodeName } from '@sluice/wire';
import type { ServerOptions } from './frames.fixture.ts';
import { PlayedKernel } from './played-kernel.fixture.ts';
import type { Reply } from './played-kernel.fixture.ts';
import { longs, name, request, words } from './requests.fixture.ts';

export const ROOT = 1n;
/** A nodeid and a file handle that were never given. */
export const STALE: bigint = 9n | (9n << 32n);

/** INIT as Linux 6.18 sends it, without the passthrough bit. */
const INIT_6_18: Buffer = words(7, 45, 0x2_0000, 0x7fff_fffb, 0x5dd, ...Array<number>(11).fill(0));

export interface Ask {
  uid?: number;
  gid?: number;
}

export class AskedKernel {
  readonly kernel: PlayedKernel;
  #unique = 0n;

  constructor(kernel: PlayedKernel) {
    this.kernel = kernel;
  }

  /** A volume that has answered INIT. Ends with {@link stop}. */
  static async start(options: Partial<ServerOptions> = {}): Promise<AskedKernel> {
    const asked = new AskedKernel(new PlayedKernel(options));
    try {
      expect((await asked.payload(OPCODE.INIT, 0n, [INIT_6_18])).length).toBe(64);
    } catch (error) {
      await asked.kernel.stop();
      throw error;
    }
    return asked;
  }

  /** Makes sure that no request met a defect, every file was released and nothing unasked was sent. */
  async stop(): Promise<void> {
    try {
      const { faults, openFiles, stray, undelivered } = await this.kernel.state();
      expect({ faults, openFiles, stray, undelivered }).toEqual({
        faults: 0,
        openFiles: 0,
        stray: false,
        undelivered: 0,
      });
    } finally {
      expect(await this.kernel.stop()).toBe(0);
    }
  }

  /** The path of `name` in the source. */
  at(path: string): string {
    return join(this.kernel.source, path);
  }

  /** Writes a file into the source: its path. */
  file(path: string, content = ''): string {
    writeFileSync(this.at(path), content);
    return this.at(path);
  }

  /** The same and looks it up: its nodeid. */
  async fileNode(path: string, content = ''): Promise<bigint> {
    this.file(path, content);
    return this.lookup(ROOT, path);
  }

  /** The kernel's uniques are even. */
  #next(): bigint {
    this.#unique += 2n;
    return this.#unique;
  }

  /** One request and its one reply, whose header has been checked. */
  async ask(opcode: number, nodeid: bigint, parts: readonly Uint8Array[] = [], as: Ask = {}): Promise<Reply> {
    const unique = this.#next();
    const reply = await this.kernel.exchange(request({ opcode, unique, nodeid, ...as }, ...parts));
    const what = opcodeName(opcode);
    expect(reply.bytes.length, `a reply to ${what}`).toBeGreaterThanOrEqual(16);
    expect(reply.length, `length in the header of the reply to ${what}`).toBe(reply.bytes.length);
    expect(reply.unique, `unique of the reply to ${what}`).toBe(unique);
    if (reply.error !== 0) expect(reply.bytes.length, `${what} failed with ${reply.error}`).toBe(16);
    return reply;
  }

  /** Sends a whole request that brings two replies: both, in their order. */
  async both(whole: Buffer): Promise<readonly [Reply, Reply]> {
    const first = await this.kernel.exchange(whole);
    return [first, await this.kernel.receive()];
  }

  /** The payload of a reply without an error. */
  async payload(
    opcode: number,
    nodeid: bigint,
    parts: readonly Uint8Array[] = [],
    as: Ask = {},
  ): Promise<Buffer> {
    const reply = await this.ask(opcode, nodeid, parts, as);
    expect(reply.error, opcodeName(opcode)).toBe(0);
    return reply.payload;
  }

  /** The errno of a reply that has nothing else. */
  async refusal(opcode: number, nodeid: bigint, parts: readonly Uint8Array[] = []): Promise<string> {
    const { error } = await this.ask(opcode, nodeid, parts);
    const found = Object.entries(ERRNO).find(([, number]) => number === -error);
    return found?.[0] ?? String(error);
  }

  /** Sends a request and makes sure that nothing comes back but the answer to the next one. */
  async tell(opcode: number, nodeid: bigint, parts: readonly Uint8Array[] = []): Promise<void> {
    await this.kernel.send(request({ opcode, unique: this.#next(), nodeid }, ...parts));
    await this.barrier();
  }

  /** With one worker, a reply to an earlier request would come before this one's. */
  async barrier(): Promise<void> {
    const unique = this.#next();
    const reply = await this.kernel.exchange(
      request({ opcode: OPCODE.BMAP, unique, nodeid: 1n }, longs(0n, 0n)),
    );
    expect([reply.unique, reply.error]).toEqual([unique, -ERRNO.ENOSYS]);
  }

  /** LOOKUP: the nodeid. */
  async lookup(parent: bigint, text: string): Promise<bigint> {
    return (await this.payload(OPCODE.LOOKUP, parent, [name(text)])).readBigUInt64LE(0);
  }

  /** OPEN or OPENDIR: the file handle. */
  async open(nodeid: bigint, flags: number, opcode: number = OPCODE.OPEN): Promise<bigint> {
    const reply = await this.payload(opcode, nodeid, [words(flags, 0)]);
    expect(reply.length).toBe(16);
    return reply.readBigUInt64LE(0);
  }

  async release(nodeid: bigint, handle: bigint, opcode: number = OPCODE.RELEASE): Promise<void> {
    expect((await this.payload(opcode, nodeid, [longs(handle, 0n, 0n)])).length).toBe(0);
  }
}
