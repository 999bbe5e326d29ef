#!/system/bin/sh
# start.sh: once a boot, waits for the unlocked storage and starts the daemon. A start counts as failed until the daemon
# has answered and then run for a while; after three failed ones in a row it stays off, until the file that says so is
# removed (docs/guides/packaging.md). The variables are for tests.
MODDIR=${0%/*}
base=${SLUICE_HOME:-/data/adb/sluice}
media=${SLUICE_MEDIA:-/data/media/0}
boot_id=${SLUICE_BOOT_ID:-/proc/sys/kernel/random/boot_id}
pause=${SLUICE_PAUSE_SECONDS:-2}
settled=${SLUICE_SETTLED_SECONDS:-30}
answers_within=${SLUICE_ANSWERS_WITHIN_SECONDS:-120}
tries=3
flags=$base/module
failed=$flags/failed-starts
disabled=$flags/disabled

(umask 077 && mkdir -p "$flags" "$base/state/logs") || exit 1
log=$base/state/logs/module.log

# Into the log, and where the root manager's app shows it.
say() {
  echo "$(date '+%Y-%m-%d %H:%M:%S') $1" >> "$log"
  [ -w "$MODDIR/module.prop" ] || return 0
  while IFS= read -r line; do
    case $line in
      description=*) echo "description=Android storage daemon: FUSE with kernel passthrough. Now: $1" ;;
      *) echo "$line" ;;
    esac
  done < "$MODDIR/module.prop" > "$MODDIR/module.prop.new" &&
    chmod 644 "$MODDIR/module.prop.new" && mv "$MODDIR/module.prop.new" "$MODDIR/module.prop"
}

# Making a directory is done once, whoever else tries.
boot=$flags/boot.$(cat "$boot_id")
mkdir "$boot" 2> /dev/null || exit 0
for other in "$flags"/boot.*; do [ "$other" = "$boot" ] || rmdir "$other"; done
[ -f "$log" ] && [ "$(wc -c < "$log")" -gt 100000 ] && mv "$log" "$log.1"

if [ -e "$disabled" ]; then
  say "off: $(cat "$disabled")"
  exit 0
fi
if ! [ -e "$base/config.yaml" ]; then
  say "off: there is no $base/config.yaml (an example is beside it)"
  exit 0
fi

until [ "$(getprop sys.boot_completed)" = 1 ]; do sleep "$pause"; done
# Before the first unlock names in there are encrypted.
until [ -d "$media/Android" ]; do sleep "$pause"; done

sluiced=$base/current/bin/sluiced
sluice=$base/current/bin/sluice
answers() { sh "$sluice" status > /dev/null 2>&1; }

# Mounts are for everybody: made where the first process lives, if that is elsewhere and can be told.
there=$(readlink /proc/1/ns/mnt 2> /dev/null)
enter=
[ -z "$there" ] || [ "$there" = "$(readlink /proc/self/ns/mnt)" ] || enter='nsenter -t 1 -m --'
start() {
  $enter sh "$sluiced" --config "$base/config.yaml" < /dev/null >> "$log" 2>&1 &
  daemon=$!
}

# Ends when the daemon has answered and run for a while (0), has ended or never answered (1).
has_settled() {
  left=$answers_within
  until answers; do
    left=$((left - pause))
    [ "$left" -gt 0 ] && kill -0 "$daemon" 2> /dev/null || return 1
    sleep "$pause"
  done
  say 'running'
  left=$settled
  while [ "$left" -gt 0 ]; do
    kill -0 "$daemon" 2> /dev/null || return 1
    sleep "$pause"
    left=$((left - pause))
  done
}

if answers; then
  say 'running: somebody else has started it'
  exit 0
fi
while :; do
  count=$(cat "$failed" 2> /dev/null)
  case $count in '' | *[!0-9]*) count=0 ;; esac
  if [ "$count" -ge "$tries" ]; then
    echo "$tries starts in a row failed; the reasons are in $base/log/module.log" > "$disabled"
    say "off: $(cat "$disabled")"
    exit 1
  fi
  # Counted first, and on the disk: a start that takes the whole device down counts.
  echo $((count + 1)) > "$failed"
  sync
  start
  if has_settled; then
    rm -f "$failed"
    exit 0
  fi
  kill "$daemon" 2> /dev/null
  say "start $((count + 1)) of $tries failed"
  sleep "$pause"
done
