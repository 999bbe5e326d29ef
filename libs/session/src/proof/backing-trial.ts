/**
 * The proof by trial of fuse_bpf's backing directory (docs/adr/0017-fuse-bpf-backing-directories.md): a scratch mount whose
 * one directory is answered with a lower directory, and whose client then works in it. Proven only if all of it was right
 * below and nothing of it was asked of the serving thread. What other trials found out is not touched.
 */
import { mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { O, errnoName, sys } from '@sluice/sys';
import { SessionMemory } from '../memory.ts';
import { openDevice } from '../mount.ts';
import { BACKED_CONTENT, BACKED_FILE } from './backing-report.ts';
import type { BackingReason, BackingReport } from './backing-report.ts';
import { startTrialThread, withTimeout } from './trial-threads.ts';
import type { TrialThreadData } from './trial.ts';
import { TRIAL_GEOMETRY } from './trial-report.ts';
import type { TrialCheck } from './trial-report.ts';

/** Some 30 ms of work; one that hangs is given up. */
const TIMEOUT_MS = 10_000;

/** Where Android's kernels tell that they have it. */
export const FUSE_BPF_FEATURE = '/sys/fs/fuse/features/fuse_bpf';

export interface BackingTrialOptions {
  /** Where empty directories may be made: for the scratch mount, and the lower directory. */
  scratchDirectory: string;
  /** The module that calls `runTrialThread` with its workerData and posts the result. */
  threadModule: URL;
  withinMs?: number;
}

/**
 * Where the kernel has no fuse_bpf, its reply is refused. Only when somebody asks for it: states of fuse_bpf are known that
 * crash in cases which lie close to this one. Rejects for nothing a kernel can cause.
 */
export async function runBackingTrial(options: BackingTrialOptions): Promise<BackingReport> {
  const { scratchDirectory, threadModule, withinMs = TIMEOUT_MS } = options;
  let lower: string;
  let mountPoint: string;
  try {
    lower = mkdtempSync(join(scratchDirectory, 'backing-'));
    writeFileSync(join(lower, BACKED_FILE), BACKED_CONTENT, { mode: 0o600 });
    mountPoint = mkdtempSync(join(scratchDirectory, 'trial-'));
  } catch (error) {
    return failed('no-lower-directory', `no lower directory: ${textOf(error)}`);
  }
  const lowerFd = sys.openPath(lower, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  const cleanUp = (): void => {
    if (lowerFd >= 0) sys.close(lowerFd);
    try {
      rmdirSync(mountPoint);
      rmSync(lower, { recursive: true, force: true });
    } catch {
      // They go with the scratch directory.
    }
  };
  if (lowerFd < 0) {
    cleanUp();
    return failed('no-lower-directory', `the lower directory does not open: ${errnoName(lowerFd)}`);
  }
  let device: number;
  try {
    device = openDevice();
  } catch (error) {
    cleanUp();
    return failed('no-device', textOf(error));
  }
  const memoryFd = sys.memfdCreate('sluice-backing-trial', SessionMemory.bytesFor(TRIAL_GEOMETRY));
  const memory = SessionMemory.attach(memoryFd, TRIAL_GEOMETRY, true);
  const threads: Promise<unknown>[] = [];
  const started = (data: TrialThreadData) => {
    const running = startTrialThread(threadModule, data);
    threads.push(running.catch(() => undefined));
    return running;
  };
  const shared = { device, lowerFd, memoryBase: memory.base };
  try {
    const server = started({ role: 'backing-server', ...shared });
    const client = started({ role: 'backing-client', ...shared, mountPoint, lower, measures: false });
    const result = await withTimeout(client, withinMs);
    await withTimeout(server, withinMs);
    return judgeBacking(result?.checks ?? []);
  } catch (error) {
    return failed('no-answer', textOf(error));
  } finally {
    // One that is late still uses them.
    void Promise.all(threads).then(() => {
      sys.arenaRelease(memory.base);
      for (const fd of [device, memoryFd]) sys.close(fd);
      cleanUp();
    });
  }
}

/** From what the client saw to what is proven. */
export function judgeBacking(checks: TrialCheck[]): BackingReport {
  const evidence = checks.map(({ name, ok, detail, requests }) => {
    const asked = requests > 0 ? `, ${requests} requests` : '';
    return `backing directory ${name}: ${ok ? 'ok' : 'failed'}, ${detail}${asked}`;
  });
  const reason = reasonOf(checks);
  return { proven: reason === undefined, reason, evidence, checks };
}

/** The first thing on the way that is not as it must be. */
function reasonOf(checks: readonly TrialCheck[]): BackingReason | undefined {
  const wrong = checks.find(({ ok, requests }) => !ok || requests > 0);
  if (wrong === undefined) return checks.at(-1)?.name === 'remove' ? undefined : 'no-answer';
  if (wrong.name === 'mount') return 'mount-refused';
  if (wrong.ok) return 'served-by-daemon';
  return wrong.name === 'lookup' && wrong.errno !== undefined ? 'reply-refused' : 'wrong-result';
}

function failed(reason: BackingReason, sentence: string): BackingReport {
  return { proven: false, reason, evidence: [`backing directory: ${sentence}`], checks: [] };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
