/** Takes Sluice off a device: everything that deployment, the daemon and the module put there, and looks that it is gone. */
import { deviceFunctions, PATIENCE } from './device-functions.ts';
import { DeviceFailure } from './failure.ts';
import { BASE, MODULE, MOUNTS, PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';

/** Stays with `keepState`: policies, logs, the configuration. */
const KEPT = ['state', 'config.yaml'];

function removeScript(keepState: boolean): string {
  const kept = keepState ? KEPT.map((name) => `! -name ${name}`).join(' ') : '';
  return `${deviceFunctions()}
[ -f ${PLACES.config} ] && points=$(mount_points) || points=
[ -d ${BASE} ] && stop_daemon && unmake_places
for point in $points; do globally rmdir "$point" 2> /dev/null; done
globally test -d ${MOUNTS} && globally find ${MOUNTS} -depth -type d -exec rmdir {} \\; 2> /dev/null
rm -rf ${MODULE} /data/adb/modules_update/sluice
if [ -d ${BASE} ]; then
  find ${BASE} -mindepth 1 -maxdepth 1 ${kept} -exec rm -rf {} \\;
  ${keepState ? 'rm -rf $base/state/scratch $base/state/lock $base/state/control.sock' : `rmdir ${BASE}`}
fi
left_mounts | sed 's/^/the mount /'
for process in /proc/[0-9]*; do
  (tr '\\000' ' ' < $process/cmdline) 2> /dev/null | grep -q '${BASE}/' && [ "\${process#/proc/}" != $$ ] &&
    ! grep -q 'left_mounts' $process/cmdline 2> /dev/null && echo "the process \${process#/proc/}"
done
for file in ${MODULE} ${keepState ? '' : BASE}; do [ -e $file ] && echo "the directory $file"; done
globally test -e ${MOUNTS} && echo "the directory ${MOUNTS}"
true`;
}

/** @throws DeviceFailure `leftovers` that names what is left. */
export async function remove(root: RootShell, keepState: boolean): Promise<void> {
  const text = await root.text(removeScript(keepState), {
    purpose: 'the removal',
    timeoutMs: 1000 * (60 + PATIENCE.stopSeconds),
  });
  const left = text.split('\n').filter((line) => line.startsWith('the '));
  if (left.length === 0) return;
  throw new DeviceFailure('leftovers', `on ${root.serial} is still there: ${left.join(', ')}`, {
    state: 'unknown',
    advice: 'reboot the device and repeat the command',
  });
}

/** Removes versions that are neither in use nor the one before, their runtimes, and what interrupted deployments left. */
export async function prune(root: RootShell): Promise<void> {
  const script = `cd ${BASE} || exit 0
keep="$(readlink current) $(readlink previous)"
for version in versions/*; do
  case " $keep " in *" $version "*) ;; *) rm -rf "$version" ;; esac
done
used=$(for version in versions/*; do readlink "$version/runtime"; done)
for runtime in runtime/*; do
  case "$used" in *"\${runtime#runtime/}"*) ;; *) rm -rf "$runtime" ;; esac
done
rm -rf change policy.yaml`;
  await root.text(script, { purpose: 'the removal of older versions', timeoutMs: 120_000 });
}
