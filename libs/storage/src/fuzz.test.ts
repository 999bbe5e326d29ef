import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OPCODE, opcodeName } from '@sluice/wire';
import { AskedKernel } from './asked-kernel.fixture.ts';
import { PlayedKernel, cannotPlay } from './played-kernel.fixture.ts';
import type { Reply } from './played-kernel.fixture.ts';
import { RandomRequests } from './random-requests.fixture.ts';
import type { RandomRequest } from './random-requests.fixture.ts';
import { longs, words } from './requests.fixture.ts';
import { flawOf } from './well-formed.fixture.ts';

/** For both ways to reopen files together. */
const SECONDS = Number(process.env['SLUICE_FUZZ_SECONDS'] ?? 20);
/** A run is repeated by giving its seed; replies, and so the requests after them, are the same. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? Date.now() % 1_000_000);
/** Sent at once: what a reply tells is used from the next batch on. */
const BATCH = 32;

/** Replies of these end with an open_out. */
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

describe.skipIf(cannotPlay !== '')(`a volume under random requests ${cannotPlay}`, () => {
  it.each([
    { how: 'file handle', byName: false },
    { how: 'name', byName: true },
  ])(
    `answers each once and well-formed, stays inside its source and leaks nothing, reopening by $how (seed ${SEED})`,
    async ({ byName }) => {
      const policy = 'version: 1\ndefault: auto\nrules: []\n';
      const kernel = new PlayedKernel({ policy, byName });
      onTestFinished(async () => {
        await kernel.stop();
      });
      const asked = new AskedKernel(kernel);
      const { place } = kernel;
      writeFileSync(join(place, 'sentinel'), 'not the volume’s');
      mkdirSync(join(place, 'sentinel-directory'));
      writeFileSync(join(place, 'sentinel-directory', 'inner'), 'inner');
      const init = words(7, 45, 0, 0x7fff_ffff, 0x7fff_ffff, ...Array<number>(11).fill(0));
      await asked.payload(OPCODE.INIT, 0n, [init]);
      const outside = beside(place);
      const before = await kernel.state();

      const requests = new RandomRequests(SEED);
      const nodes = new Set<bigint>();
      const handles = new Set<bigint>();
      const answered = new Map<string, number>();
      const problems: string[] = [];
      const note = (sent: RandomRequest, problem: string): void => {
        problems.push(
          `${opcodeName(sent.opcode)}: ${problem}; request ${sent.bytes.toString('hex').slice(0, 400)}`,
        );
      };
      const judge = (sent: RandomRequest, reply: Reply): void => {
        const { bytes, length, unique, error, payload } = reply;
        if (bytes.length < 16) note(sent, 'no reply');
        else if (unique !== sent.unique) note(sent, `a reply to ${unique} instead of ${sent.unique}`);
        else if (length !== bytes.length) note(sent, `a length of ${length} in ${bytes.length} bytes`);
        else if (error > 0 || error < -133) note(sent, `an error of ${error}`);
        else if (error !== 0 && bytes.length > 16) note(sent, `error ${error} with a payload`);
        else if (error === 0) {
          const { opcode } = sent;
          const flaw = flawOf(opcode, sent.bytes, payload, (nodeid, mode) => {
            nodes.add(nodeid);
            requests.learnNode(nodeid, mode);
          });
          if (flaw !== '') note(sent, flaw);
          else if (OPENING.has(opcode)) {
            const handle = payload.readBigUInt64LE(payload.length - 16);
            if (handles.has(handle)) note(sent, `handle ${handle} is given a second time`);
            handles.add(handle);
            requests.learnHandle(handle);
          } else if (opcode === OPCODE.RELEASE || opcode === OPCODE.RELEASEDIR) {
            requests.forgetHandle(sent.bytes.readBigUInt64LE(40));
          }
        }
        const outcome = `${opcodeName(sent.opcode)} ${error === 0 ? 'done' : 'refused'}`;
        answered.set(outcome, (answered.get(outcome) ?? 0) + 1);
      };

      let count = 0;
      for (const end = Date.now() + SECONDS * 500; Date.now() < end && problems.length === 0;) {
        const batch = Array.from({ length: BATCH }, () => requests.next());
        const replies = batch.map((each) =>
          each.hasReply ? kernel.exchange(each.bytes) : kernel.send(each.bytes).then(() => undefined),
        );
        for (const [i, reply] of (await Promise.all(replies)).entries()) {
          const sent = batch[i];
          if (sent !== undefined && reply !== undefined && problems.length === 0) judge(sent, reply);
        }
        count += batch.length;
      }
      expect(problems, `seed ${SEED}, after ${count} requests`).toEqual([]);
      await asked.barrier();

      // Everything that was given is given back; what stays has leaked.
      for (const handle of handles) await asked.release(1n, handle);
      const all = [...nodes].flatMap((nodeid) => [nodeid, 2n ** 64n - 1n]);
      for (let i = 0; i < all.length; i += 20_000) {
        const part = all.slice(i, i + 20_000);
        await asked.tell(OPCODE.BATCH_FORGET, 0n, [words(part.length / 2, 0), longs(...part)]);
      }
      const after = await kernel.state();
      const { faults, openFiles, stray, undelivered } = after;
      expect({
        nodes: after.nodes,
        descriptors: after.descriptors,
        faults,
        openFiles,
        stray,
        undelivered,
      }).toEqual({
        nodes: 1,
        descriptors: before.descriptors,
        faults: 0,
        openFiles: 0,
        stray: false,
        undelivered: 0,
      });
      expect(beside(place)).toBe(outside);
      // A run in which nothing succeeds shows nothing.
      if (SECONDS >= 10) {
        for (const name of [
          'LOOKUP',
          'CREATE',
          'OPEN',
          'READ',
          'WRITE',
          'READDIRPLUS',
          'RENAME',
          'LINK',
          'SETXATTR',
        ]) {
          expect(answered.get(`${name} done`) ?? 0, name).toBeGreaterThan(0);
          expect(answered.get(`${name} refused`) ?? 0, name).toBeGreaterThan(0);
        }
      }
      expect(await kernel.stop()).toBe(0);
    },
    (SECONDS + 60) * 1000,
  );
});
