/** The npm package fuse-native as a rival: starts and ends the process that serves with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@sluice/live';
import type { ArmOrReason } from './arms.ts';
import { mountsBeneath } from './mounts.ts';

const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 3_000;

/** `home` is the folder of this package. Every failure to mount is a reason to leave the arm out. */
export async function startFuseNative(
  home: string,
  source: string,
  mount: string,
  timeoutSeconds: number,
): Promise<ArmOrReason> {
  const program = join(home, 'dist', 'fuse-native-server.mjs');
  if (!existsSync(program)) return { missing: `${program} is not built: start with npm run bench` };
  // Its standard input is its tie to this process: when that ends, it unmounts.
  const child = spawn(process.execPath, [program, source, mount, String(timeoutSeconds)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  let ended = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'close').then(
    () => (ended = true),
    () => (ended = true),
  );
  const stop = async (): Promise<void> => {
    if (mountsBeneath(mount).length > 0) await run('umount', ['-l', mount], { timeoutMs: 10_000 });
    child.stdin.end();
    await Promise.race([exited, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    if (ended) return;
    child.kill('SIGKILL');
    await exited;
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (mountsBeneath(mount).length === 0) {
    if (ended || Date.now() > deadline) {
      await stop();
      return { missing: complaint.trim().split('\n')[0] ?? 'no word from it' };
    }
    await sleep(10);
  }
  return { arm: { name: 'fuse-native', mount, lower: source, serverPid: child.pid ?? 0, stop } };
}
