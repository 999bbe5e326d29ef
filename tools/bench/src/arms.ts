/** The rivals. Each has a lower tree of its own, beneath one directory, and all are mounted for the whole run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '@sluice/live';
import type { ArmName, Options } from './options.ts';
import { compilePassthroughLl, startPassthroughLl } from './passthrough-ll.ts';

/** After this many seconds a daemon whose benchmark has died without a word is unmounted. */
const GUARD_SECONDS = 4 * 3600;

export interface Arm {
  name: ArmName;
  mount: string;
  lower: string;
  /** The process that serves; the native arm has none. */
  serverPid?: number;
  /** Requests so far by opcode, where the server counts them. */
  requests?: () => Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** The arm, or why it is left out. */
export type ArmOrReason = { arm: Arm } | { missing: string };

/** `work` is the directory of this run. Throws when a daemon does not start. */
export async function startArm(name: ArmName, work: string, options: Options): Promise<ArmOrReason> {
  const lower = join(work, `lower-${name}`);
  mkdirSync(lower);
  switch (name) {
    case 'native':
      return { arm: { name, mount: lower, lower, stop: () => Promise.resolve() } };
    case 'plain':
      return { arm: await startOurs(name, 'none', lower, work, options) };
    case 'passthrough':
      return startPassthrough(lower, work, options);
    case 'passthrough_ll':
    case 'passthrough_ll_checked':
      return startRival(name, lower, work, options);
  }
}

async function startOurs(
  name: ArmName,
  policy: string,
  lower: string,
  work: string,
  options: Options,
): Promise<Arm & { proven: boolean; evidence: string }> {
  const daemon = await startDaemon({
    source: lower,
    base: work,
    policy,
    timeoutSeconds: options.timeoutSeconds,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    guardSeconds: GUARD_SECONDS,
  });
  const stop = async (): Promise<void> => {
    await daemon.stop();
  };
  try {
    const status = (await daemon.json('status')) as {
      volumes: { passthrough: { proven: boolean; evidence: string[] } }[];
    };
    const passthrough = status.volumes[0]?.passthrough;
    return {
      name,
      mount: daemon.mount,
      lower,
      serverPid: daemon.volumeServerPid(),
      requests: () => daemon.requests(),
      stop,
      proven: passthrough?.proven === true,
      evidence: passthrough?.evidence.join('; ') ?? '',
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPassthrough(lower: string, work: string, options: Options): Promise<ArmOrReason> {
  const { proven, evidence, ...arm } = await startOurs('passthrough', 'all', lower, work, options);
  if (proven) return { arm };
  await arm.stop();
  return { missing: `this kernel does not pass through: ${evidence}` };
}

async function startRival(
  name: ArmName,
  lower: string,
  work: string,
  options: Options,
): Promise<ArmOrReason> {
  const compiled = await compilePassthroughLl(work);
  if ('missing' in compiled) return compiled;
  const mount = join(work, `mount-${name}`);
  mkdirSync(mount);
  const checked = name === 'passthrough_ll_checked';
  const { timeoutSeconds } = options;
  const { pid, stop } = await startPassthroughLl(compiled.program, lower, mount, timeoutSeconds, checked);
  return { arm: { name, mount, lower, serverPid: pid, stop } };
}
