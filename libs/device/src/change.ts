/**
 * The change from one version to another, made by a script that runs on the device by itself: a cable that is pulled does
 * not stop it. It ends with the new version serving or with the old one, and keeps a journal, so that the next command can
 * undo what a loss of power cut in two.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { deviceFunctions, PATIENCE, type Patience } from './device-functions.ts';
import { DeviceFailure, leaving } from './failure.ts';
import { BASE, PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';

const SCRIPT_FILE = `${PLACES.change}/change.sh`;
const POLL_MS = 500;
/** It has just not begun, or it was killed. */
const SILENT_POLLS = 10;

export interface Change {
  /** The version to use: an id that is installed. */
  id: string;
  /** A new configuration: what to start with, and what to keep once that has worked. */
  config?: { start: string; settled: string };
  /** Take the configuration from before the last change, if that one brought another. */
  formerConfig?: boolean;
}

/** Both scripts know how to undo. */
const CHANGE_FUNCTIONS = `
cd $base || exit 1
result() { printf '%s\\n' "$1" > change/result.part && mv change/result.part change/result; }
# A link is changed by a rename. mv without -T would move into the directory behind it; there, ln renames by itself.
point() {
  if [ -z "$2" ]; then rm -f "$1"; return; fi
  rm -f "$1.part"
  ln -s "$2" "$1.part" && { mv -T "$1.part" "$1" 2> /dev/null || { rm -f "$1.part"; ln -sfn "$2" "$1"; }; }
}
keep() { cp "$1" "$2.part" && chmod 600 "$2.part" && mv "$2.part" "$2"; }
configure() { keep "$1" config.yaml; }
undo() {
  { read -r old; read -r before; read -r ran; read -r configured; } < change/journal
  stop_daemon
  point current "\${old#-}"
  point previous "\${before#-}"
  if [ "$configured" = 1 ]; then configure change/config.old; else rm -f config.yaml; fi
  if [ -f change/config.former ]; then keep change/config.former config.former.yaml; else rm -f config.former.yaml; fi
  sync
  healthy=1
  if [ "$ran" = 1 ] && [ "$old" != - ]; then
    start_daemon
    wait_ready && bind_all || healthy=0
  fi
  rm -f change/journal
  sync
  [ $healthy = 1 ]
}
`;

export function changeScript(
  id: string,
  { formerConfig = false }: Change,
  patience: Patience = PATIENCE,
): string {
  return `${deviceFunctions(patience)}${CHANGE_FUNCTIONS}
echo $$ > change/pid
new=versions/${id}
old=$(readlink current || echo -)
before=$(readlink previous || echo -)
ran=0; daemon_pid > /dev/null && ran=1
configured=0
rm -f change/config.old change/config.former
if [ -f config.yaml ]; then configured=1; cp config.yaml change/config.old || { result failed; exit 1; }; fi
if [ -f config.former.yaml ]; then cp config.former.yaml change/config.former || { result failed; exit 1; }; fi
printf '%s\\n%s\\n%s\\n%s\\n' "$old" "$before" $ran $configured > change/journal.part
sync
mv change/journal.part change/journal || { result failed; exit 1; }
# Before anything else changes on the disk: a loss of power must find it.
sync
stop_daemon
[ "$old" = "$new" ] || point previous "\${old#-}"
point current "$new"
configuration=${formerConfig ? 'config.former.yaml' : 'change/config.start'}
[ -f $configuration ] && configure $configuration || configuration=
sync
start_daemon
if [ "$(readlink current)" = "$new" ] && wait_ready; then
  [ -f change/config.settled ] && configure change/config.settled
  rm -f config.former.yaml
  [ -n "$configuration" ] && [ $configured = 1 ] && keep change/config.old config.former.yaml
  rm -f change/journal change/config.* module/failed-starts
  bind_all
  sync
  result changed
else
  tail -n 20 state/logs/start.log > change/why 2> /dev/null
  if undo; then result undone; else result undone-but-down; fi
fi
`;
}

/** Finishes or undoes what was cut off. Says what it did; empty if there was nothing. */
export function repairScript(patience: Patience = PATIENCE): string {
  const seconds = 2 * (patience.startSeconds + patience.stopSeconds);
  return `
[ -f ${PLACES.change}/pid ] || [ -f ${PLACES.change}/journal ] || exit 0
${deviceFunctions(patience)}${CHANGE_FUNCTIONS}
at_work() {
  read -r script < change/pid 2> /dev/null || return 1
  (tr '\\000' ' ' < /proc/$script/cmdline) 2> /dev/null | grep -q 'change/change\\.sh'
}
waited=0
while at_work && [ $waited -lt ${seconds} ]; do sleep 1; waited=$((waited + 1)); done
at_work && { echo busy; exit 0; }
if [ -f change/journal ]; then
  if undo; then echo undone; else echo undone-but-down; fi
elif [ $waited -gt 0 ]; then echo waited; fi
rm -f change/pid
`;
}

export type Repair = 'nothing' | 'waited' | 'undone' | 'undone-but-down';

/** Every command that finds Sluice on a device begins with it. @throws DeviceFailure if a change is still being made. */
export async function repair(root: RootShell): Promise<Repair> {
  const words = await root.text(repairScript(), {
    timeoutMs: 1000 * (30 + 4 * (PATIENCE.startSeconds + PATIENCE.stopSeconds)),
    purpose: 'the repair of an interrupted change',
  });
  const word = words.trim().split('\n').at(-1) ?? '';
  if (word === 'busy')
    throw new DeviceFailure('bad-device-state', `another deployment is under way on ${root.serial}`, {
      advice: 'repeat the command when it is through',
    });
  return word === '' ? 'nothing' : (word as Repair);
}

/** @throws DeviceFailure `not-healthy` with the daemon's last words if the device went back to what it had. */
export async function change(root: RootShell, wanted: Change, signal?: AbortSignal): Promise<void> {
  await root.text(
    `mkdir -p -m 700 ${PLACES.change} && rm -f ${PLACES.change}/pid ${PLACES.change}/result ${PLACES.change}/why ${PLACES.change}/config.*`,
    {
      purpose: 'the preparation of the change',
    },
  );
  const files = {
    [SCRIPT_FILE]: changeScript(wanted.id, wanted),
    ...(wanted.config && {
      [`${PLACES.change}/config.start`]: wanted.config.start,
      [`${PLACES.change}/config.settled`]: wanted.config.settled,
    }),
  };
  for (const [path, text] of Object.entries(files)) await writeFile(root, path, text);
  const { result, why } = await leaving('unknown', async () => {
    await root.text(`setsid sh ${SCRIPT_FILE} < /dev/null > ${PLACES.change}/log 2>&1 &`, {
      purpose: 'the change of version',
    });
    return resultOf(root, signal);
  });
  if (result !== 'changed') throw notHealthy(root.serial, result, why);
}

/** As a whole or not at all. */
export async function writeFile(root: RootShell, path: string, text: string): Promise<void> {
  await root.text(`umask 077; cat > ${path}.part && sync && mv ${path}.part ${path}`, {
    input: Readable.from([Buffer.from(text)]),
    purpose: `the writing of ${path}`,
  });
}

/** Whether the script is at work, for a poll that must not wait for one that was killed. */
const POLL = `
cat ${PLACES.change}/result 2> /dev/null && exit 0
read -r script < ${PLACES.change}/pid 2> /dev/null && [ -d /proc/$script ] && echo working
true`;

async function resultOf(
  root: RootShell,
  signal: AbortSignal | undefined,
): Promise<{ result: string; why: string }> {
  const deadline = Date.now() + 1000 * (30 + 2 * (PATIENCE.startSeconds + PATIENCE.stopSeconds));
  const purpose = 'the wait for the new version';
  let silent = 0;
  while (Date.now() < deadline && silent < SILENT_POLLS) {
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
    const result = (await root.text(POLL, { purpose })).trim();
    silent = result === '' ? silent + 1 : 0;
    if (result === '' || result === 'working') continue;
    const words = `cat ${PLACES.change}/why 2> /dev/null; rm -f ${PLACES.change}/pid; true`;
    return { result, why: await root.text(words, { purpose }) };
  }
  throw new DeviceFailure('timed-out', `${root.serial} did not say what became of the change of version`, {
    advice: 'sluice device status tells, and repairs what was left half done',
  });
}

function notHealthy(serial: string, result: string, why: string): DeviceFailure {
  const lines = why.trim().split('\n').filter(Boolean).slice(-4).join('; ');
  const said = lines === '' ? 'it said nothing' : `it said: ${lines}`;
  const down = result === 'undone-but-down' ? ', and the version before did not start again either' : '';
  return new DeviceFailure('not-healthy', `the new version did not start on ${serial}${down}; ${said}`, {
    advice: `sluice device logs -s ${serial} has more; ${BASE}/config.yaml is what it was started with`,
  });
}
