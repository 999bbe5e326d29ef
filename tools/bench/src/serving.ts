/** What a measurement costs the process that serves: sampled right before and right after the measured part. */
import type { Arm } from './arms.ts';
import { peakMemory, processStat, resetPeakMemory } from './processes.ts';
import type { PeakMemory } from './processes.ts';

export interface Sample {
  requests?: Record<string, number>;
  cpuMicroseconds?: number;
  memory?: PeakMemory;
}

export interface Cost {
  /** Time of the process that serves, all threads; absent where there is none. */
  cpuMicroseconds?: number;
  /** Requests by opcode, where the server counts them. */
  requests?: Record<string, number>;
  /** Resident at the end, and the most there was on the way. */
  memory?: PeakMemory;
}

/** The peak of memory begins anew with it. */
export async function sampleBefore(arm: Arm): Promise<Sample> {
  if (arm.serverPid !== undefined) resetPeakMemory(arm.serverPid);
  return sample(arm);
}

export async function sampleAfter(arm: Arm): Promise<Sample> {
  const taken = await sample(arm);
  const memory = arm.serverPid === undefined ? undefined : peakMemory(arm.serverPid);
  return { ...taken, ...(memory === undefined ? {} : { memory }) };
}

async function sample({ requests, serverPid }: Arm): Promise<Sample> {
  const counted = await requests?.();
  const cpu = serverPid === undefined ? undefined : processStat(serverPid)?.cpuMicroseconds;
  return {
    ...(counted === undefined ? {} : { requests: counted }),
    ...(cpu === undefined ? {} : { cpuMicroseconds: cpu }),
  };
}

export function costBetween(before: Sample, after: Sample): Cost {
  return {
    ...(before.cpuMicroseconds === undefined || after.cpuMicroseconds === undefined
      ? {}
      : { cpuMicroseconds: after.cpuMicroseconds - before.cpuMicroseconds }),
    ...(before.requests === undefined || after.requests === undefined
      ? {}
      : { requests: requestsBetween(before.requests, after.requests) }),
    ...(after.memory === undefined ? {} : { memory: after.memory }),
  };
}

/** Opcodes of one measurement: the difference of two countings, without what did not change. */
export function requestsBetween(
  before: Record<string, number>,
  after: Record<string, number>,
): Record<string, number> {
  const changed: Record<string, number> = {};
  for (const [opcode, count] of Object.entries(after)) {
    const more = count - (before[opcode] ?? 0);
    if (more !== 0) changed[opcode] = more;
  }
  return changed;
}
