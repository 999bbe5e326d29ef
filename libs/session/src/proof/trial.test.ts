import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../mount.ts';
import { sys } from '@sluice/sys';
import { runTrial } from './trial.ts';

const missing = cannotOpen();
const LATE_MS = 400;
/** A thread of a trial that is late, and then fails. */
const LATE = new URL(`data:text/javascript,setTimeout(() => { throw new Error('late'); }, ${LATE_MS})`);

function cannotOpen(): string {
  try {
    sys.close(openDevice());
    return '';
  } catch {
    return 'needs /dev/fuse';
  }
}

function openDevices(): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === '/dev/fuse').length;
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

describe.skipIf(missing !== '')(`a trial whose threads are late ${missing}`, () => {
  const place = mkdtempSync(join(tmpdir(), 'sluice-trial-test-'));
  afterAll(() => {
    rmSync(place, { recursive: true });
  });

  it('proves nothing, and leaves the threads what they use until they have ended', async () => {
    const report = await runTrial({
      source: place,
      scratchDirectory: place,
      threadModule: LATE,
      knownCost: undefined,
      withinMs: 50,
    });
    expect(report).toMatchObject({
      proven: false,
      reason: 'no-answer',
      evidence: ['trial: no answer in 0.05 s'],
    });
    expect(openDevices()).toBe(1);
    expect(readdirSync(place)).toEqual([]);
    await expect.poll(openDevices, { timeout: 10_000 }).toBe(0);
  });
});
