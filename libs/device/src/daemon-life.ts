/** Starting and stopping the deployed daemon. */
import { deviceFunctions, PATIENCE } from './device-functions.ts';
import { DeviceFailure } from './failure.ts';
import { BASE } from './layout.ts';
import type { RootShell } from './root-shell.ts';

const WITHIN_MS = 1000 * (30 + PATIENCE.startSeconds + PATIENCE.stopSeconds);

const START = `${deviceFunctions()}
if daemon_pid > /dev/null && listens; then echo running; exit 0; fi
start_daemon
if wait_ready && bind_all; then rm -f $base/module/failed-starts; echo started; exit 0; fi
tail -n 5 $base/state/logs/start.log >&2
stop_daemon
exit 1`;

/** Nothing else of ours is left: not a process, not a mount. */
const STOP = `${deviceFunctions()}
pid=$(daemon_pid)
stop_daemon
if [ -n "$(left_mounts)" ]; then left_mounts >&2; exit 1; fi
if [ -n "$pid" ]; then echo stopped; else echo idle; fi`;

/** @throws DeviceFailure `not-healthy` with what the daemon said. */
export async function startDaemon(root: RootShell): Promise<'running' | 'started'> {
  const { code, stdout, stderr } = await root.run(START, { timeoutMs: WITHIN_MS, purpose: 'the start' });
  if (code === 0) return lastWord(stdout.toString()) === 'running' ? 'running' : 'started';
  const said = stderr.trim().split('\n').slice(-4).join('; ');
  throw new DeviceFailure(
    'not-healthy',
    `sluiced does not start on ${root.serial}: ${said || 'it says nothing'}`,
    {
      advice: `mend ${BASE}/config.yaml on the device, or sluice device rollback -s ${root.serial}`,
    },
  );
}

/** With it end the mounts, those where apps look first. @throws DeviceFailure `leftovers` if one does not go. */
export async function stopDaemon(root: RootShell): Promise<'stopped' | 'idle'> {
  const { code, stdout, stderr } = await root.run(STOP, { timeoutMs: WITHIN_MS, purpose: 'the stop' });
  if (code === 0) return lastWord(stdout.toString()) === 'stopped' ? 'stopped' : 'idle';
  throw new DeviceFailure(
    'leftovers',
    `on ${root.serial} is still mounted: ${stderr.trim().replaceAll('\n', ', ')}`,
    {
      state: 'unknown',
      advice: 'reboot the device, or repeat the command',
    },
  );
}

function lastWord(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
