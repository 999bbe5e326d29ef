#!/system/bin/sh
# When the module is removed: ends the daemon, if it runs, and removes all that was installed, with its state.
base=${SLUICE_HOME:-/data/adb/sluice}
[ -d "$base" ] || exit 0
pid=$(cat "$base/state/lock" 2> /dev/null)
case $pid in '' | *[!0-9]*) pid= ;; esac
is_ours() { tr '\0' '\n' < "/proc/$pid/cmdline" 2> /dev/null | grep -q '/app/sluiced\.cjs$'; }
if [ -n "$pid" ] && is_ours; then
  kill "$pid"
  left=20
  while is_ours && [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
  done
fi
# Removing through a mount would remove what it shows.
real=$(readlink -f "$base")
if cut -d ' ' -f 2 /proc/mounts | grep -q -F "$real/"; then
  echo "Sluice: something is still mounted beneath $real; nothing was removed." >&2
  exit 1
fi
rm -rf "$base"
