/**
 * What a registration costs on this very kernel, against what it saves: requests, and the copy of each byte. Measured in the
 * trial by the thread that plays the app; policies with `auto` go by it.
 */
import { AT, LOWER_STAT, O, Scratch, sys } from '@sluice/sys';
import { dialectAt } from '../dialects/choose.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { TrialClientData } from './trial-client.ts';
import { TRIAL_FILE, TRIAL_SERVED_FILE } from './trial-report.ts';
import type { TrialCost } from './trial-report.ts';

const TIMES = 64;
const READ_TIMES = 16;
/** In the serving thread's scratch space, beyond what it uses. */
const SCRATCH_OFFSET = 1024;
const MIB = 1024 * 1024;
const PIECE = 128 * 1024;

/** Undefined where nothing can be registered or asked. */
export function measureCost(data: TrialClientData, memory: SessionMemory): TrialCost | undefined {
  const dialect = dialectAt(memory.getU32(HEADER.initDialect));
  if (dialect.name === 'none') return undefined;
  const registration =
    dialect.owner === 'request'
      ? timeOfPassedOpen(data)
      : median(TIMES, () => registerOnce(data, memory, dialect));
  const scratch = new Scratch(MIB + 4096);
  const passed = sys.openPath(`${data.mountPoint}/${TRIAL_FILE}`, O.RDONLY | O.CLOEXEC, 0);
  const served = sys.openPath(`${data.mountPoint}/${TRIAL_SERVED_FILE}`, O.RDONLY | O.CLOEXEC, 0);
  try {
    if (passed < 0 || served < 0 || registration === undefined) return undefined;
    const statAt = scratch.bytes(LOWER_STAT.SIZE);
    const request = median(
      TIMES,
      () => sys.stat(served, 0, AT.EMPTY_PATH | AT.STATX_FORCE_SYNC, statAt) === 0,
    );
    const passthroughMiB = timeOfMiB(passed, data.lowerFd, scratch);
    const through = timeOfMiB(served, data.lowerFd, scratch);
    if (request === undefined || passthroughMiB === undefined || through === undefined) return undefined;
    // A byte that the daemon carries is copied as well, whatever a noisy moment says.
    const daemonMiB = Math.max(passthroughMiB, through - (MIB / PIECE) * request);
    return { registration, request, passthroughMiB, daemonMiB };
  } finally {
    if (passed >= 0) sys.close(passed);
    if (served >= 0) sys.close(served);
    scratch.release();
  }
}

/** Where ids are used up by opens, those made here end with the trial's connection. */
function registerOnce(data: TrialClientData, memory: SessionMemory, dialect: Dialect): boolean {
  const scratchAt = memory.slot(0).scratch + SCRATCH_OFFSET;
  const id = dialect.register(memory, data.device, data.lowerFd, scratchAt, 0);
  if (id <= 0) return false;
  return dialect.owner === 'open' || dialect.unregister(memory, data.device, id, scratchAt) === 0;
}

/** Microseconds that opening a file that passes through takes longer than opening one that does not. */
function timeOfPassedOpen({ mountPoint }: TrialClientData): number | undefined {
  const opening = (name: string): number | undefined =>
    median(TIMES, () => {
      const fd = sys.openPath(`${mountPoint}/${name}`, O.RDONLY | O.CLOEXEC, 0);
      return fd >= 0 && sys.close(fd) === 0;
    });
  const [passed, served] = [opening(TRIAL_FILE), opening(TRIAL_SERVED_FILE)];
  return passed === undefined || served === undefined ? undefined : Math.max(0, passed - served);
}

/** Microseconds to read 1 MiB of the file, which is written to the lower one first, so that it is in memory. */
function timeOfMiB(fd: number, lowerFd: number, scratch: Scratch): number | undefined {
  scratch.reset();
  const data = scratch.bytes(PIECE);
  const offset = scratch.u64(0n);
  const view = new DataView(scratch.buffer);
  const seek = (to: number): void => {
    view.setBigUint64(offset - scratch.base, BigInt(to), true);
  };
  for (let at = 0; at < MIB; at += PIECE) {
    seek(at);
    if (sys.pwrite(lowerFd, data, PIECE, offset) !== PIECE) return undefined;
  }
  return median(READ_TIMES, () => {
    for (let at = 0; at < MIB; at += PIECE) {
      seek(at);
      if (sys.pread(fd, data, PIECE, offset) !== PIECE) return false;
    }
    return true;
  });
}

/** Microseconds; undefined as soon as `act` fails. */
function median(times: number, act: () => boolean): number | undefined {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    if (!act()) return undefined;
    taken.push((performance.now() - before) * 1000);
  }
  return taken.sort((a, b) => a - b)[times / 2];
}
