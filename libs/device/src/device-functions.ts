/**
 * Functions of POSIX sh that scripts on the device begin with. Mounts are looked at and made in the namespace of init,
 * which is the one that apps' namespaces follow; a root manager's shell may stand in another.
 */
import { BASE, PLACES } from './layout.ts';

export interface Patience {
  /** Until the daemon answers. */
  startSeconds: number;
  /** Until the daemon has unmounted and gone; then it is killed. */
  stopSeconds: number;
}

/** Under emulation a start takes four seconds; a trial of passthrough on slow storage is in it. */
export const PATIENCE: Patience = { startSeconds: 60, stopSeconds: 20 };

export function deviceFunctions({ startSeconds, stopSeconds }: Patience = PATIENCE): string {
  return `
base=${BASE}
globally() {
  if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then "$@"; else nsenter -t 1 -m "$@"; fi
}
daemon_pid() {
  [ -f $base/state/lock ] || return 1
  read -r pid < $base/state/lock || return 1
  case "$pid" in '' | *[!0-9]*) return 1 ;; esac
  (tr '\\000' ' ' < /proc/$pid/cmdline) 2>/dev/null | grep -q 'sluiced\\.cjs' && echo $pid
}
listens() { grep -q "00010000 .* $base/state/control\\.sock\\$" /proc/net/unix; }
# The socket appears once every volume is served.
wait_ready() {
  tenths=0
  while [ $tenths -lt ${startSeconds * 10} ]; do
    if daemon_pid > /dev/null && listens; then
      sh $base/current/bin/sluice status > /dev/null 2>> $base/state/logs/start.log
      return $?
    fi
    [ $tenths -gt 20 ] && ! kill -0 $started 2> /dev/null && ! daemon_pid > /dev/null && return 1
    sleep 0.1
    tenths=$((tenths + 1))
  done
  return 1
}
mount_points() {
  sed -n 's/^[ -]*mount: *"\\{0,1\\}\\([^"#]*[^"# ]\\)"\\{0,1\\} *\\(#.*\\)\\{0,1\\}$/\\1/p' $base/config.yaml
}
make_mount_points() {
  case "$(mount_points)" in */mnt/sluice/*) globally mkdir -p -m 700 /mnt/sluice ;; esac
  mount_points | while read -r point; do globally mkdir -p "$point"; done
}
start_daemon() {
  mkdir -p -m 700 $base/state $base/state/logs
  make_mount_points
  (
    # Not at a function's call: a shell keeps the former descriptors open during it, and adb waits for their end.
    exec < /dev/null > $base/state/logs/start.log 2>&1
    if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then enter=; else enter='nsenter -t 1 -m'; fi
    # init ends what adbd started when adbd restarts; a root manager is not concerned.
    exec $enter setsid sh -c '
      command -v getprop > /dev/null 2>&1 && for group in /sys/fs/cgroup/cgroup.procs /acct/cgroup.procs; do
        [ -w $group ] && echo $$ > $group
      done 2> /dev/null
      exec sh ${PLACES.current}/bin/sluiced'
  ) &
  started=$!
}
gone() {
  tenths=0
  while [ -d /proc/$1 ]; do
    [ $tenths -ge ${stopSeconds * 10} ] && return 1
    sleep 0.1
    tenths=$((tenths + 1))
  done
}
left_mounts() { grep -E '^[^ ]+ [^ ]+ fuse\\.sluice ' /proc/1/mounts | while read -r _ point _; do printf '%b\\n' "$point"; done; }
unbind_all() {
  [ -f $base/exposed ] || return 0
  while read -r _ place; do
    grep -qF " $place fuse.sluice " /proc/1/mounts && globally umount -l "$place"
  done < $base/exposed
  return 0
}
# What was bound where apps look is bound again. A place that is gone is no reason to take the volume away.
bind_all() {
  [ -f $base/exposed ] || return 0
  while read -r point place; do
    grep -qF " $place fuse.sluice " /proc/1/mounts || globally mount -o bind "$point" "$place" ||
      echo "$place could not be bound again" >&2
  done < $base/exposed
}
# Directories that were made to bind on go again, unless something is in them now.
unmake_places() {
  [ -f ${PLACES.exposedMade} ] || return 0
  while read -r directory; do rmdir "$directory" 2> /dev/null; done < ${PLACES.exposedMade}
  rm -f ${PLACES.exposedMade}
}
stop_daemon() {
  unbind_all
  pid=$(daemon_pid)
  if [ -n "$pid" ]; then
    children=$(cat /proc/$pid/task/$pid/children 2> /dev/null)
    kill -TERM $pid
    if ! gone $pid; then kill -KILL $pid $children; gone $pid; fi
  fi
  left_mounts | while read -r point; do globally umount -l "$point"; done
  return 0
}
`;
}
