/**
 * A played kernel under random requests: each reply is judged, what it gave is remembered, and in the end all of it is
 * given back and nothing may have leaked. With several workers some requests are on their way at once, and replies
 * come in any order, so that only a run with one worker can be repeated by its seed.
 */
import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { OPCODE, OPCODES, opcodeName } from '@sluice/wire';
import { AskedKernel } from './asked-kernel.fixture.ts';
import { PlayedKernel } from './played-kernel.fixture.ts';
import type { Reply } from './played-kernel.fixture.ts';
import { RandomRequests } from './random-requests.fixture.ts';
import type { RandomRequest } from './random-requests.fixture.ts';
import { longs, request, words } from './requests.fixture.ts';
import { flawOf } from './well-formed.fixture.ts';

/** Sent at once: what a reply tells is used from the next batch on. */
const BATCH = 32;
const KNOWN = new Set<number>(OPCODES.map(({ number }) => number));
/** Replies of these end with an open_out. */
const ENDING = new Set<number>([OPCODE.FORGET, OPCODE.BATCH_FORGET, OPCODE.RELEASE, OPCODE.RELEASEDIR]);
const OPENING = new Set<number>([OPCODE.OPEN, OPCODE.OPENDIR, OPCODE.CREATE, OPCODE.TMPFILE]);

/** All that must not change, as text. */
function beside(place: string): string {
  const told = (path: string): string => {
    const { mode, nlink, uid, gid, size, mtimeMs, ctimeMs, ino } = lstatSync(path);
    return [path, mode, nlink, uid, gid, size, mtimeMs, ctimeMs, ino].join(' ');
  };
  const paths = ['sentinel', 'sentinel-directory', 'sentinel-directory/inner'].map((path) =>
    join(place, path),
  );
  const lists = [place, join(place, 'sentinel-directory')].map((path) => readdirSync(path).sort().join(' '));
  return [...paths.map(told), ...lists, readFileSync(join(place, 'sentinel'), 'utf8')].join('\n');
}

const AUTO_POLICY = 'version: 1\ndefault: auto\nrules: []\n';

/** Hides, denies and redacts names of the requests from callers of the requests, so that each comes up often. */
export const GUARDING_POLICY = `version: 1
default: auto
rules:
  - { match: { path: '**/a', caller: { uid: 1000 } }, action: hide }
  - { match: { path: 'b/**', caller: { uid: 1000-4294967294 } }, action: hide, options: { entry-timeout: 0 } }
  - { match: { path: '**/{c,d}', caller: { uid: 0 } }, action: redact }
  - { match: { path: '**/e', access: write }, action: deny(EROFS) }
  - { match: { path: '**/f', size: { min: 1000 }, access: read }, action: deny }
  - { match: { path: '**/g' }, action: direct, options: { attribute-timeout: 2s, read-ahead: 64KiB } }
`;

export class FuzzSession {
  readonly kernel: PlayedKernel;
  /** How often each opcode was done and refused. */
  readonly answered = new Map<string, number>();
  readonly problems: string[] = [];
  count = 0;

  readonly #asked: AskedKernel;
  readonly #requests: RandomRequests;
  readonly #inFlight: number;
  /** In the order in which they were sent. */
  readonly #pending: RandomRequest[] = [];
  /** How many were sent without waiting for a reply. */
  #waiting = 0;
  #unique = 0n;
  readonly #nodes = new Set<bigint>();
  readonly #handles = new Set<bigint>();
  #outside = '';
  #descriptors = 0;

  constructor(seed: number, byName: boolean, workers: number, policy = AUTO_POLICY) {
    this.kernel = new PlayedKernel({ policy, byName, workers, dropsPages: 'unseen' });
    this.#asked = new AskedKernel(this.kernel);
    this.#requests = new RandomRequests(seed);
    // More than there are workers, so that there is always one to take.
    this.#inFlight = workers === 1 ? 1 : workers + 2;
  }

  async start(): Promise<void> {
    const { place } = this.kernel;
    writeFileSync(join(place, 'sentinel'), 'not the volume’s');
    mkdirSync(join(place, 'sentinel-directory'));
    writeFileSync(join(place, 'sentinel-directory', 'inner'), 'inner');
    const init = words(7, 45, 0, 0x7fff_ffff, 0x7fff_ffff, ...Array<number>(11).fill(0));
    await this.#asked.payload(OPCODE.INIT, 0n, [init]);
    this.#outside = beside(place);
    // A worker that still starts has files open.
    for (let before = -1; before !== this.#descriptors; await delay(200)) {
      before = this.#descriptors;
      this.#descriptors = (await this.kernel.state()).descriptors;
    }
  }

  /** Until the time (Date.now()), or the first problem. */
  async run(until: number): Promise<void> {
    while (Date.now() < until && this.problems.length === 0) {
      const batch = Array.from({ length: BATCH }, () => this.#requests.next());
      const endings = this.#inFlight === 1 ? [] : batch.filter(({ opcode }) => ENDING.has(opcode));
      const others = batch.filter((each) => !endings.includes(each));
      const replies = await Promise.all(others.map((each) => this.#send(each)));
      this.count += batch.length;
      for (const reply of replies) this.#take(reply);
      if (endings.length > 0) await this.#sendAlone(endings);
    }
    // What is still on its way is fetched by requests that have no reply.
    while (this.problems.length === 0 && this.#pending.length > 0) this.#take(await this.#fetch());
  }

  /** No kernel gives up an object while a request about it is on its way: all others are answered first. */
  async #sendAlone(endings: readonly RandomRequest[]): Promise<void> {
    while (this.problems.length === 0 && this.#pending.length > 0) this.#take(await this.#fetch());
    for (const drawn of endings) {
      if (this.problems.length > 0) return;
      const each = this.#numbered(drawn);
      if (!each.hasReply) {
        await this.kernel.send(each.bytes);
        continue;
      }
      this.#pending.push(each);
      this.#take(await this.kernel.exchange(each.bytes));
    }
    await this.#asked.barrier();
  }

  /** Gives back what was given; what stays has leaked. */
  async end(): Promise<void> {
    await this.#asked.barrier();
    for (const handle of this.#handles) await this.#asked.release(1n, handle);
    const all = [...this.#nodes].flatMap((nodeid) => [nodeid, 2n ** 64n - 1n]);
    for (let i = 0; i < all.length; i += 20_000) {
      const part = all.slice(i, i + 20_000);
      await this.#asked.tell(OPCODE.BATCH_FORGET, 0n, [words(part.length / 2, 0), longs(...part)]);
    }
    const left = async (): Promise<object> => {
      const { nodes, descriptors, faults, openFiles, stray, undelivered } = await this.kernel.state();
      return { nodes, descriptors, faults, openFiles, stray, undelivered };
    };
    // With several workers, one may still be forgetting.
    await expect.poll(left, { timeout: 5_000 }).toEqual({
      nodes: 1,
      descriptors: this.#descriptors,
      faults: 0,
      openFiles: 0,
      stray: false,
      undelivered: 0,
    });
    expect(beside(this.kernel.place)).toBe(this.#outside);
  }

  /** Sends it, and waits for some reply unless few requests are on their way. */
  async #send(drawn: RandomRequest): Promise<Reply | undefined> {
    if (!drawn.hasReply) return this.kernel.send(drawn.bytes).then(() => undefined);
    const each = this.#inFlight === 1 ? drawn : this.#numbered(drawn);
    this.#pending.push(each);
    if (this.#waiting === this.#inFlight - 1) return this.kernel.exchange(each.bytes);
    this.#waiting++;
    return this.kernel.send(each.bytes).then(() => undefined);
  }

  /** Uniques may be broken like all else; here they tell which reply is whose. */
  #numbered(drawn: RandomRequest): RandomRequest {
    this.#unique += 2n;
    drawn.bytes.writeBigUInt64LE(this.#unique, 8);
    return { ...drawn, unique: this.#unique };
  }

  async #fetch(): Promise<Reply> {
    this.#waiting--;
    return this.kernel.exchange(request({ opcode: OPCODE.FORGET, unique: 0n, nodeid: 0n }, longs(0n)));
  }

  #take(reply: Reply | undefined): void {
    if (reply === undefined || this.problems.length > 0) return;
    const index = this.#pending.findIndex(({ unique }) => unique === reply.unique);
    const [sent] = this.#pending.splice(this.#inFlight === 1 ? 0 : Math.max(0, index), 1);
    if (sent === undefined) {
      this.problems.push(`a reply to ${reply.unique}, which nobody sent`);
      return;
    }
    const problem = this.#judge(sent, reply);
    if (problem !== '') {
      const bytes = sent.bytes.toString('hex').slice(0, 400);
      this.problems.push(`${opcodeName(sent.opcode)}: ${problem}; request ${bytes}`);
    }
    const name = KNOWN.has(sent.opcode) ? opcodeName(sent.opcode) : 'an unknown opcode';
    const outcome = `${name} ${reply.error === 0 ? 'done' : 'refused'}`;
    this.answered.set(outcome, (this.answered.get(outcome) ?? 0) + 1);
  }

  #judge(sent: RandomRequest, { bytes, length, unique, error, payload }: Reply): string {
    if (bytes.length < 16) return 'no reply';
    if (unique !== sent.unique) return `a reply to ${unique} instead of ${sent.unique}`;
    if (length !== bytes.length) return `a length of ${length} in ${bytes.length} bytes`;
    if (error > 0 || error < -133) return `an error of ${error}`;
    if (error !== 0) return bytes.length > 16 ? `error ${error} with a payload` : '';
    const flaw = flawOf(sent.opcode, sent.bytes, payload, (nodeid, mode) => {
      this.#nodes.add(nodeid);
      this.#requests.learnNode(nodeid, mode);
    });
    if (flaw !== '') return flaw;
    if (OPENING.has(sent.opcode)) {
      const handle = payload.readBigUInt64LE(payload.length - 16);
      if (this.#handles.has(handle)) return `handle ${handle} is given a second time`;
      this.#handles.add(handle);
      this.#requests.learnHandle(handle);
    } else if (sent.opcode === OPCODE.RELEASE || sent.opcode === OPCODE.RELEASEDIR) {
      this.#requests.forgetHandle(sent.bytes.readBigUInt64LE(40));
    }
    return '';
  }
}
