/**
 * What a registration costs on this very kernel, against what it saves: a request. Measured in the trial by the thread that
 * plays the app; policies with `auto` go by it.
 */
import type { Scratch } from '@sluice/sys';
import { AT, LOWER_STAT, O, sys } from '@sluice/sys';
import { dialectAt } from '../dialects/choose.ts';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { TrialClientData } from './trial-client.ts';
import type { TrialCost } from './trial-report.ts';

const TIMES = 64;
/** In the serving thread's scratch space, beyond what it uses. */
const SCRATCH_OFFSET = 1024;

/** `path`: the trial's file. Undefined where nothing can be registered or asked. */
export function measureCost(
  path: string,
  data: TrialClientData,
  memory: SessionMemory,
  scratch: Scratch,
): TrialCost | undefined {
  const dialect = dialectAt(memory.getU32(HEADER.initDialect));
  if (dialect.name === 'none') return undefined;
  const scratchAt = memory.slot(0).scratch + SCRATCH_OFFSET;
  const registration = median(() => {
    const id = dialect.register(memory, data.device, data.lowerFd, scratchAt);
    return id > 0 && dialect.unregister(memory, data.device, id, scratchAt) === 0;
  });
  const fd = sys.openPath(path, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) return undefined;
  const statAt = scratch.bytes(LOWER_STAT.SIZE);
  const request = median(() => sys.stat(fd, 0, AT.EMPTY_PATH | AT.STATX_FORCE_SYNC, statAt) === 0);
  sys.close(fd);
  return registration === undefined || request === undefined ? undefined : { registration, request };
}

/** Microseconds; undefined as soon as `act` fails. */
function median(act: () => boolean): number | undefined {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const before = performance.now();
    if (!act()) return undefined;
    times.push((performance.now() - before) * 1000);
  }
  return times.sort((a, b) => a - b)[TIMES / 2];
}
