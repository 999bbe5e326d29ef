/**
 * The app's side of a trial: mounts the trial file system in a mount namespace of this thread alone, so that nothing is
 * left behind however the trial ends, and does to its file what apps do. Runs in a thread of its own; blocks it.
 */
import { CLONE, errnoName, MS, O, Scratch, SEEK, sys } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { requestCount } from '../counters.ts';
import { HEADER, SessionMemory } from '../memory.ts';
import { mountSession } from '../mount.ts';
import { TRIAL_FILE, TRIAL_GEOMETRY, TRIAL_MOUNTED, TRIAL_NOT_MOUNTED } from './trial-report.ts';
import { measureCost } from './trial-cost.ts';
import type { TrialCheck, TrialCost, TrialResult } from './trial-report.ts';

const BYTES = 64 * 1024;
const APPENDED = 100;

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

export function runTrialClient(data: TrialClientData): TrialResult {
  const checks: TrialCheck[] = [];
  let cost: TrialCost | undefined;
  let reads = 0;
  let writes = 0;
  const scratch = new Scratch(4 * BYTES);
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
    checks.push({ name: 'mount', ok: true, detail: 'mounted in a private namespace' });
    const path = `${data.mountPoint}/${TRIAL_FILE}`;
    exercise(path, data.lowerFd, scratch, checks);
    reads = requestCount(memory, OPCODE.READ);
    writes = requestCount(memory, OPCODE.WRITE);
    if (data.measures) cost = measureCost(data, memory);
  } catch (error) {
    checks.push({ name: 'mount', ok: false, detail: error instanceof Error ? error.message : String(error) });
    tellServer(TRIAL_NOT_MOUNTED);
  } finally {
    scratch.release();
  }
  return { checks, reads, writes, cost };
}

function enterPrivateNamespace(): void {
  const unshared = sys.unshare(CLONE.NEWNS);
  if (unshared < 0) throw new Error(`a private mount namespace is refused (${errnoName(unshared)})`);
  const isolated = sys.mount('none', '/', 'none', MS.REC | MS.PRIVATE, '');
  if (isolated < 0) throw new Error(`mounts cannot be made private (${errnoName(isolated)})`);
}

function exercise(path: string, lowerFd: number, scratch: Scratch, checks: TrialCheck[]): void {
  const memory = new Uint8Array(scratch.buffer);
  const pattern = scratch.bytes(BYTES);
  const back = scratch.bytes(BYTES);
  const zero = scratch.u64(0n);
  const patternAt = pattern - scratch.base;
  const backAt = back - scratch.base;
  for (let i = 0; i < BYTES; i++) memory[patternAt + i] = (i * 31 + (i >>> 8)) & 0xff;
  const same = (): boolean =>
    Buffer.compare(memory.subarray(patternAt, patternAt + BYTES), memory.subarray(backAt, backAt + BYTES)) ===
    0;
  const check = (name: string, ok: boolean, detail: string): void => {
    checks.push({ name, ok, detail });
  };

  const fd = sys.openPath(path, O.RDWR | O.CLOEXEC, 0);
  if (fd < 0) {
    check('open', false, `open failed with ${errnoName(fd)}`);
    return;
  }
  const written = sys.pwrite(fd, pattern, BYTES, zero);
  const below = sys.pread(lowerFd, back, BYTES, zero);
  check(
    'write',
    written === BYTES && below === BYTES && same(),
    `wrote ${written}, ${below} found in the lower file`,
  );

  memory.fill(0, backAt, backAt + BYTES);
  const read = sys.pread(fd, back, BYTES, zero);
  check('read', read === BYTES && same(), `read ${read}`);

  const mapped = sys.arenaMap(fd, BYTES, 1);
  if (mapped < 0) {
    check('mmap', false, `mmap failed with ${errnoName(mapped)}`);
  } else {
    const view = sys.arenaBuffer(mapped);
    const equal =
      view !== null &&
      Buffer.compare(new Uint8Array(view), memory.subarray(patternAt, patternAt + BYTES)) === 0;
    check('mmap', equal, equal ? 'the mapping shows the lower file' : 'the mapping shows other bytes');
    sys.arenaRelease(mapped);
  }
  sys.close(fd);

  const appender = sys.openPath(path, O.WRONLY | O.APPEND | O.CLOEXEC, 0);
  if (appender < 0) {
    check('append', false, `open for append failed with ${errnoName(appender)}`);
    return;
  }
  const appended = sys.write(appender, pattern, APPENDED);
  const end = scratch.u64(0n);
  sys.lseek(lowerFd, end, SEEK.END);
  const size = Number(new DataView(scratch.buffer).getBigUint64(end - scratch.base, true));
  check(
    'append',
    appended === APPENDED && size === BYTES + APPENDED,
    `appended ${appended}, size now ${size}`,
  );
  sys.close(appender);
}
