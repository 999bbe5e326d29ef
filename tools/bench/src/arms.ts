/** The rivals. Each has a lower tree of its own, beneath one directory, and all are mounted for the whole run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@sluice/live';
import { startFuseNative } from './fuse-native.ts';
import type { ArmName, Options } from './options.ts';
import { startOurs } from './our-daemon.ts';
import { compilePassthroughLl, startPassthroughLl } from './passthrough-ll.ts';

export interface Arm {
  name: ArmName;
  mount: string;
  lower: string;
  /** The process that serves; the native and the bind arm have none. */
  serverPid?: number;
  /** Requests so far by opcode, where the server counts them. */
  requests?: () => Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** The arm, or why it is left out. */
export type ArmOrReason = { arm: Arm } | { missing: string };

/** `home` is the folder of this package, `work` the directory of this run. Throws when a daemon does not start. */
export async function startArm(
  name: ArmName,
  home: string,
  work: string,
  options: Options,
): Promise<ArmOrReason> {
  const lower = join(work, `lower-${name}`);
  mkdirSync(lower);
  switch (name) {
    case 'native':
      return { arm: { name, mount: lower, lower, stop: () => Promise.resolve() } };
    case 'bind':
      return startBind(lower, mountPoint(work, name));
    case 'plain':
    case 'passthrough':
    case 'auto':
      return startOurs(name, lower, work, options);
    case 'passthrough_ll':
    case 'passthrough_ll_checked':
      return startPassthroughLlArm(name, lower, work, options);
    case 'fuse-native':
      return startFuseNative(home, lower, mountPoint(work, name), options.timeoutSeconds);
  }
}

function mountPoint(work: string, name: ArmName): string {
  const mount = join(work, `mount-${name}`);
  mkdirSync(mount);
  return mount;
}

async function startBind(lower: string, mount: string): Promise<ArmOrReason> {
  const mounted = await run('mount', ['--bind', lower, mount]);
  if (mounted.code !== 0) return { missing: `mount --bind: ${mounted.stderr.trim()}` };
  const stop = async (): Promise<void> => {
    await run('umount', [mount]);
  };
  return { arm: { name: 'bind', mount, lower, stop } };
}

async function startPassthroughLlArm(
  name: 'passthrough_ll' | 'passthrough_ll_checked',
  lower: string,
  work: string,
  options: Options,
): Promise<ArmOrReason> {
  const compiled = await compilePassthroughLl(work);
  if ('missing' in compiled) return compiled;
  const mount = mountPoint(work, name);
  const checked = name === 'passthrough_ll_checked';
  const { timeoutSeconds } = options;
  const { pid, stop } = await startPassthroughLl(compiled.program, lower, mount, timeoutSeconds, checked);
  return { arm: { name, mount, lower, serverPid: pid, stop } };
}
