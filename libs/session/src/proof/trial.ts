/**
 * The proof by trial: a scratch mount served by one thread and used by another, on a lower file of the volume's own file
 * system. Passthrough counts as proven only if the data is right and no READ or WRITE reached the serving thread.
 */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoName, O, sys } from '@sluice/sys';
import { HEADER, SessionMemory } from '../memory.ts';
import { openDevice } from '../mount.ts';
import { playAnswers } from '../played-answers.ts';
import type { PlayedAnswers } from '../played-answers.ts';
import { serve } from '../serve.ts';
import { backingFileSystem } from './backing-file-system.ts';
import { runBackingClient, runTrialClient } from './trial-client.ts';
import type { BackingClientData, TrialClientData } from './trial-client.ts';
import { trialFileSystem } from './trial-file-system.ts';
import { TRIAL_GEOMETRY, TRIAL_MOUNTED } from './trial-report.ts';
import type { TrialCost, TrialReport, TrialResult } from './trial-report.ts';
import { startTrialThread, withTimeout } from './trial-threads.ts';
import { judge, notProven } from './verdict.ts';

/** A trial takes some 30 ms; one that hangs is given up and its threads' connection is closed. */
const TIMEOUT_MS = 10_000;

export interface TrialServerData {
  device: number;
  lowerFd: number;
  /** Base address of the trial's session memory, mapped by the main thread for the whole process. */
  memoryBase: number;
}

/** `workerData` of the two threads of a trial; their entry module hands it to {@link runTrialThread}. */
export type TrialThreadData =
  | ({ role: 'trial-server' | 'backing-server' } & TrialServerData)
  | ({ role: 'trial-client' } & TrialClientData)
  | ({ role: 'backing-client' } & BackingClientData);

/** The body of a trial thread; the client's result, or undefined for the server. */
export function runTrialThread(data: TrialThreadData): TrialResult | undefined {
  if (data.role === 'trial-client') return runTrialClient(data);
  if (data.role === 'backing-client') return runBackingClient(data);
  const memory = new SessionMemory(data.memoryBase, TRIAL_GEOMETRY);
  while (memory.load(HEADER.trialMount) === 0) sys.futexWait(memory.base + HEADER.trialMount, 0, TIMEOUT_MS);
  if (memory.load(HEADER.trialMount) !== TRIAL_MOUNTED) return undefined;
  serve(
    { memory, worker: 0, device: data.device, followCaller: false },
    data.role === 'backing-server'
      ? backingFileSystem(data.lowerFd)
      : trialFileSystem(data.device, data.lowerFd, true),
  );
  return undefined;
}

export interface TrialOptions {
  /** The volume's source: the trial's lower file is made there, without a name. */
  source: string;
  /** Where an empty directory may be made for the scratch mount. */
  scratchDirectory: string;
  /** The module that calls {@link runTrialThread} with its workerData and posts the result. */
  threadModule: URL;
  /** Costs that were measured on this kernel before: they are not measured again. */
  knownCost: TrialCost | undefined;
  /** Tests only. */
  played?: PlayedAnswers | undefined;
  withinMs?: number;
}

export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const evidence: string[] = [];
  const lowerFd = openLowerFile(options.source, evidence);
  if (lowerFd < 0) return notProven(`no lower file for the trial: ${errnoName(lowerFd)}`, 'no-lower-file');
  let device: number;
  try {
    device = openDevice();
  } catch (error) {
    sys.close(lowerFd);
    return notProven(error instanceof Error ? error.message : String(error), 'no-device');
  }
  const mountPoint = mkdtempSync(join(options.scratchDirectory, 'trial-'));
  const memoryFd = sys.memfdCreate('sluice-trial', SessionMemory.bytesFor(TRIAL_GEOMETRY));
  const memory = SessionMemory.attach(memoryFd, TRIAL_GEOMETRY, true);
  if (options.played !== undefined) playAnswers(memory, options.played);
  const threads: Promise<unknown>[] = [];
  const started = (data: TrialThreadData): Promise<TrialResult | undefined> => {
    const running = startTrialThread(options.threadModule, data);
    // Both are awaited only as far as nothing fails; a rejection that nobody looks at would end the process.
    threads.push(running.catch(() => undefined));
    return running;
  };
  try {
    const server = started({
      role: 'trial-server',
      device,
      lowerFd,
      memoryBase: memory.base,
    });
    const client = started({
      role: 'trial-client',
      device,
      mountPoint,
      lowerFd,
      memoryBase: memory.base,
      measures: options.knownCost === undefined,
    });
    const { withinMs = TIMEOUT_MS } = options;
    const result = await withTimeout(client, withinMs);
    // The client's namespace ended with its thread, and with it the mount: the server sees the hang-up.
    await withTimeout(server, withinMs);
    const found = result ?? { checks: [], cost: undefined };
    return judge(memory, { ...found, cost: found.cost ?? options.knownCost }, evidence);
  } catch (error) {
    return notProven(error instanceof Error ? error.message : String(error), 'no-answer');
  } finally {
    // One that is late still uses them, and may be for as long as what it waits for: then they stay.
    void Promise.all(threads).then(() => {
      sys.arenaRelease(memory.base);
      for (const fd of [device, lowerFd, memoryFd]) sys.close(fd);
    });
    rmdirSync(mountPoint);
  }
}

/** A nameless file on the source's file system; one in memory where that cannot be, which is said in the evidence. */
function openLowerFile(source: string, evidence: string[]): number {
  const flags = O.TMPFILE | O.RDWR | O.CLOEXEC;
  const fd = sys.openPath(source, flags, 0o600);
  if (fd >= 0) return fd;
  evidence.push(`trial on a file in memory: the source takes no nameless file (${errnoName(fd)})`);
  return sys.memfdCreate('sluice-trial-file', 0);
}
