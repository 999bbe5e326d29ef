import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { O, errnoName, sys } from '@sluice/sys';
import { ATTR, ATTR_OUT, ENTRY_BPF_OUT, ENTRY_OUT, IN_HEADER, OPCODE, opcodeIndex } from '@sluice/wire';
import { WorkerCounters, namedCount } from '../counters.ts';
import { SessionMemory } from '../memory.ts';
import { NO_REPLY, Request } from '../request.ts';
import { runBackingChecks } from './backing-checks.ts';
import { EXPECTED_REQUESTS, backingFileSystem } from './backing-file-system.ts';
import { BACKED_CONTENT, BACKED_DIRECTORY, BACKED_FILE, BACKING_CHECKS } from './backing-report.ts';
import type { BackingReport } from './backing-report.ts';
import { judgeBacking, runBackingTrial } from './backing-trial.ts';
import { TRIAL_GEOMETRY } from './trial-report.ts';
import type { TrialCheck } from './trial-report.ts';

const hasDevice = existsSync('/dev/fuse');
const MOUNT: TrialCheck = { name: 'mount', ok: true, detail: 'mounted', requests: 0 };

let place: string;
let lower: string;
let memory: SessionMemory;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sluice-backing-test-'));
  lower = join(place, 'lower');
  mkdirSync(lower);
  mkdirSync(join(place, 'mount'));
  writeFileSync(join(lower, BACKED_FILE), BACKED_CONTENT);
  const fd = sys.memfdCreate('sluice-backing-test', SessionMemory.bytesFor(TRIAL_GEOMETRY));
  memory = SessionMemory.attach(fd, TRIAL_GEOMETRY, true);
  sys.close(fd);
});
afterEach(() => {
  sys.arenaRelease(memory.base);
  rmSync(place, { recursive: true });
});

/** What a trial would find in `mount`, with the verdict. */
function tried(counted = memory): BackingReport {
  const checks = [MOUNT];
  runBackingChecks(join(place, 'mount'), lower, counted, checks);
  return judgeBacking(checks);
}

describe('a backing directory', () => {
  const backed = (): string => join(place, 'mount', BACKED_DIRECTORY);

  it('is proven where all that is done in it is done below, without a request', () => {
    symlinkSync(lower, backed());
    const report = tried();
    expect(report).toMatchObject({ proven: true, reason: undefined });
    expect(report.checks.map(({ name }) => name)).toEqual(['mount', ...BACKING_CHECKS]);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.evidence).toContain('backing directory remove: ok, the same names as below');
    expect(readdirSync(lower)).toEqual([BACKED_FILE]);
  });

  it('is not where it is another directory that looks the same', () => {
    cpSync(lower, backed(), { recursive: true });
    const { proven, reason, checks } = tried();
    expect([proven, reason]).toEqual([false, 'wrong-result']);
    expect(checks.at(-1)).toMatchObject({ name: 'lookup', ok: false });
  });

  it('is not where it cannot be opened, and its errno is told', () => {
    expect(tried()).toMatchObject({
      proven: false,
      reason: 'reply-refused',
      evidence: [expect.any(String), 'backing directory lookup: failed, open failed with ENOENT'],
    });
  });

  it('is not where a request came to the daemon, which is told of the check that caused it', () => {
    symlinkSync(lower, backed());
    const counter = memory.countersAt(0) + opcodeIndex(OPCODE.CREATE);
    // As if the daemon were asked when the second file is made.
    const asked = Object.create(memory, {
      f64: {
        get: () => {
          memory.f64[counter] = Math.max(memory.f64[counter] as number, readdirSync(lower).length - 1);
          return memory.f64;
        },
      },
    }) as SessionMemory;
    const { proven, reason, checks } = tried(asked);
    expect([proven, reason]).toEqual([false, 'served-by-daemon']);
    expect(checks.filter(({ requests }) => requests > 0)).toMatchObject([
      { name: 'create', ok: true, requests: 1 },
      { name: 'subdirectory', ok: true, requests: 1 },
    ]);
  });

  it('is not where the trial stopped half-way, or was not mounted', () => {
    symlinkSync(lower, backed());
    const { checks } = tried();
    expect(judgeBacking(checks.slice(0, -1)).reason).toBe('no-answer');
    expect(judgeBacking([]).reason).toBe('no-answer');
    expect(judgeBacking([{ ...MOUNT, ok: false }]).reason).toBe('mount-refused');
  });
});

describe('the file system of the trial', () => {
  function ask(opcode: number, nodeid: number, name: string, lowerFd: number): number {
    const request = new Request(memory, memory.slot(0), () => undefined);
    const counters = new WorkerCounters(memory, 0);
    const body = Buffer.from(`${name}\0`);
    memory.u8.fill(0, request.headerAt, request.argumentAt + 64);
    memory.u8.fill(0xee, request.payloadAt, request.payloadAt + 256);
    memory.setU32(request.headerAt + IN_HEADER.opcode, opcode);
    memory.setU32(request.headerAt + IN_HEADER.nodeid, nodeid);
    memory.u8.set(body, request.argumentAt);
    request.receive(IN_HEADER.SIZE + body.length);
    counters.countRequest(opcode);
    return backingFileSystem(lowerFd)(request, counters).handlers[opcode]?.(request) ?? -38;
  }

  it('answers LOOKUP with the entry and, in the 32 bytes behind it, the lower directory', () => {
    const fd = sys.openPath(lower, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
    expect(ask(OPCODE.LOOKUP, 1, BACKED_DIRECTORY, fd)).toBe(ENTRY_OUT.SIZE + ENTRY_BPF_OUT.SIZE);
    const at = memory.slot(0).reply + 16;
    const payload = new DataView(memory.buffer, at, 160);
    expect(payload.getBigUint64(ENTRY_OUT.nodeid, true)).toBe(2n);
    expect(payload.getUint32(ENTRY_OUT.attr + ATTR.mode, true) & 0o170000).toBe(0o040000);
    const backing = [0, 8, 16, 24].map((offset) => payload.getBigUint64(128 + offset, true));
    expect(backing).toEqual([2n, BigInt(fd), 1n, 0n]);
    sys.close(fd);
  });

  it('knows nothing else, and counts what it had to expect', () => {
    expect(errnoName(ask(OPCODE.LOOKUP, 1, `${BACKED_DIRECTORY}x`, -1))).toBe('ENOENT');
    expect(errnoName(ask(OPCODE.LOOKUP, 2, BACKED_DIRECTORY, -1))).toBe('ENOENT');
    expect(ask(OPCODE.OPENDIR, 2, '', -1)).toBe(-38);
    expect(namedCount(memory, EXPECTED_REQUESTS)).toBe(0);
    expect(ask(OPCODE.FORGET, 2, '', -1)).toBe(NO_REPLY);
    expect(ask(OPCODE.GETATTR, 1, '', -1)).toBe(ATTR_OUT.SIZE);
    expect(namedCount(memory, EXPECTED_REQUESTS)).toBe(2);
    expect(errnoName(ask(OPCODE.GETATTR, 2, '', -1))).toBe('EIO');
    expect(namedCount(memory, EXPECTED_REQUESTS)).toBe(2);
  });
});

describe('a trial', () => {
  const threadModule = new URL('data:text/javascript,setTimeout(() => { throw new Error("late"); }, 300)');

  it('says so where no lower directory can be made', async () => {
    const scratchDirectory = join(place, 'none');
    const report = await runBackingTrial({ scratchDirectory, threadModule });
    expect(report).toMatchObject({ proven: false, reason: 'no-lower-directory' });
  });

  it.skipIf(!hasDevice)(
    'whose threads are late proves nothing, and leaves nothing behind (needs /dev/fuse)',
    async () => {
      const before = readdirSync('/proc/self/fd').length;
      const scratchDirectory = join(place, 'mount');
      const report = await runBackingTrial({ scratchDirectory, threadModule, withinMs: 50 });
      expect(report).toMatchObject({
        proven: false,
        reason: 'no-answer',
        evidence: ['backing directory: trial: no answer in 0.05 s'],
      });
      await expect.poll(() => readdirSync(scratchDirectory), { timeout: 10_000 }).toEqual([]);
      await expect
        .poll(() => readdirSync('/proc/self/fd').length, { timeout: 10_000 })
        .toBeLessThanOrEqual(before + 2);
    },
  );
});
