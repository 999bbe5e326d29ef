/**
 * The app's side of a trial: mounts the trial's file system in a mount namespace of this thread alone, so that nothing is
 * left behind however the trial ends, and does to its file what apps do. Runs in a thread of its own; blocks it.
 */
import { CLONE, ERRNO, errnoName, MS, sys } from '@sluice/sys';
import { HEADER, SessionMemory } from '../memory.ts';
import { mountSession } from '../mount.ts';
import { MountError } from '../mount-options.ts';
import { TRIAL_GEOMETRY, TRIAL_MOUNTED, TRIAL_NOT_MOUNTED } from './trial-report.ts';
import { runBackingChecks } from './backing-checks.ts';
import { runChecks } from './trial-checks.ts';
import { measureCost } from './trial-cost.ts';
import type { TrialCheck, TrialCost, TrialResult } from './trial-report.ts';

export interface TrialClientData {
  device: number;
  /** An empty directory. */
  mountPoint: string;
  /** The lower file, to compare with. */
  lowerFd: number;
  /** Base address of the trial's session memory. */
  memoryBase: number;
  /** Costs are to be measured beside. */
  measures: boolean;
}

export interface BackingClientData extends TrialClientData {
  /** Path of the lower directory, whose descriptor is `lowerFd`. */
  lower: string;
}

export function runTrialClient(data: TrialClientData): TrialResult {
  let cost: TrialCost | undefined;
  const checks = inPrivateMount(data, (memory, made) => {
    runChecks(data, memory, made);
    if (data.measures) cost = measureCost(data, memory);
  });
  return { checks, cost };
}

export function runBackingClient(data: BackingClientData): TrialResult {
  const checks = inPrivateMount(data, (memory, made) => {
    runBackingChecks(data.mountPoint, data.lower, memory, made);
  });
  return { checks, cost: undefined };
}

/** Mounts, has `act` add its checks to that of the mount, and leaves the end of the mount to that of the thread. */
function inPrivateMount(
  data: TrialClientData,
  act: (memory: SessionMemory, checks: TrialCheck[]) => void,
): TrialCheck[] {
  const checks: TrialCheck[] = [];
  const memory = new SessionMemory(data.memoryBase, TRIAL_GEOMETRY);
  const tellServer = (state: number): void => {
    if (memory.load(HEADER.trialMount) !== 0) return;
    memory.store(HEADER.trialMount, state);
    sys.futexWake(memory.base + HEADER.trialMount, 1);
  };
  try {
    enterPrivateNamespace();
    mountSession(data.device, {
      name: 'sluice-trial',
      mountPoint: data.mountPoint,
      allowOther: false,
      defaultPermissions: false,
    });
    tellServer(TRIAL_MOUNTED);
    checks.push({ name: 'mount', ok: true, detail: 'mounted in a private namespace', requests: 0 });
    act(memory, checks);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const refusal = error instanceof MountError ? { errno: error.errno } : {};
    checks.push({ name: 'mount', ok: false, detail, requests: 0, ...refusal });
    tellServer(TRIAL_NOT_MOUNTED);
  }
  return checks;
}

function enterPrivateNamespace(): void {
  const unshared = sys.unshare(CLONE.NEWNS);
  if (unshared < 0) throw refused('a private mount namespace is refused', unshared);
  const isolated = sys.mount('none', '/', 'none', MS.REC | MS.PRIVATE, '');
  if (isolated < 0) throw refused('mounts cannot be made private', isolated);
}

function refused(what: string, result: number): MountError {
  const remedy = result === -ERRNO.EPERM ? ': it needs CAP_SYS_ADMIN' : '';
  return new MountError(-result, `${what} (${errnoName(result)})${remedy}`);
}
