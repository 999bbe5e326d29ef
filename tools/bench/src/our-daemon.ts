/** The daemon of this project as a rival: one process of its own for each policy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectControl } from '@sluice/control';
import { startDaemon } from '@sluice/live';
import type { ArmOrReason } from './arms.ts';
import type { OUR_ARMS, Options } from './options.ts';

/** After this many seconds a daemon whose benchmark has died without a word is unmounted. */
const GUARD_SECONDS = 4 * 3600;

const AUTO_POLICY = `version: 1
name: auto for everything
default: auto
`;

/** Throws when the daemon does not start; a kernel that does not pass through is a reason to leave the arm out. */
export async function startOurs(
  name: (typeof OUR_ARMS)[number],
  lower: string,
  work: string,
  options: Options,
): Promise<ArmOrReason> {
  const daemon = await startDaemon({
    source: lower,
    base: work,
    policy: policyFor(name, work),
    timeoutSeconds: options.timeoutSeconds,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    guardSeconds: GUARD_SECONDS,
  });
  // One connection for the whole run: starting the command-line client for each sample would cost more than most of
  // the workloads.
  const control = connectControl(daemon.socket);
  const stop = async (): Promise<void> => {
    control.close();
    await daemon.stop();
  };
  const requests = async (): Promise<Record<string, number>> => {
    const [volume] = await control.stats('');
    return Object.fromEntries((volume?.requests ?? []).map(({ name: opcode, count }) => [opcode, count]));
  };
  try {
    if (name !== 'plain') {
      const { volumes } = await control.status();
      const passthrough = volumes[0]?.passthrough;
      if (passthrough?.proven !== true) {
        await stop();
        return { missing: `this kernel does not pass through: ${passthrough?.evidence.join('; ') ?? ''}` };
      }
    }
    const serverPid = daemon.volumeServerPid();
    return { arm: { name, mount: daemon.mount, lower, serverPid, requests, stop } };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A preset, or the name of a file. */
function policyFor(name: (typeof OUR_ARMS)[number], work: string): string {
  if (name === 'plain') return 'none';
  if (name === 'passthrough') return 'all';
  const file = join(work, 'auto.yaml');
  writeFileSync(file, AUTO_POLICY);
  return file;
}
