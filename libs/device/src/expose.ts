/**
 * A volume where apps look for shared storage. It is bound there, each place by itself, and looked at from a mount
 * namespace such as apps have, one made before the bind and one made after; if any of that fails, all is taken back.
 *
 * The places are those of vold (system/vold/VolumeManager.cpp, Utils.cpp) on Android 11 and later, and of Android 10 and
 * earlier (/mnt/runtime). Apps' namespaces are slaves of init's.
 */
import { deviceFunctions } from './device-functions.ts';
import { DeviceFailure } from './failure.ts';
import { checkDevicePath } from './configuration.ts';
import { PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';
import { shellWord } from './shell-quote.ts';

/** `path` is below a user's shared storage; empty: all of it. Only places that this Android has are used. */
export function appPlaces(user: number, path: string): string[] {
  const below = `emulated/${user}${path === '' ? '' : `/${path}`}`;
  return [
    `/mnt/user/${user}/${below}`,
    `/mnt/pass_through/${user}/${below}`,
    ...['default', 'read', 'write', 'full'].map((view) => `/mnt/runtime/${view}/${below}`),
  ];
}

export interface Exposure {
  /** Where the volume is mounted now, and its lower directory. */
  mountPoint: string;
  source: string;
  /** Of Android; 0 is the owner. */
  user: number;
  /** Directory below the user's shared storage; empty: replaces all of it. */
  path: string;
}

const WORD = /^placed=(.*)$/;

/** The places where it is now. @throws DeviceFailure `not-exposed`; nothing is bound then that was not before. */
export async function expose(
  root: RootShell,
  { mountPoint, source, user, path }: Exposure,
): Promise<string[]> {
  checkDevicePath(mountPoint);
  if (path !== '') checkDevicePath(`/${path}`);
  const lower = `/data/media/${user}${path === '' ? '' : `/${path}`}`;
  const script = exposeScript(mountPoint, source, appPlaces(user, path), path === '' ? '' : lower);
  const { code, stdout, stderr } = await root.run(script, { purpose: 'the binding for apps' });
  if (code === 0)
    return stdout
      .toString()
      .split('\n')
      .flatMap((line) => WORD.exec(line)?.[1] ?? []);
  throw new DeviceFailure(
    'not-exposed',
    `apps on ${root.serial} do not see ${mountPoint}: ${stderr.trim() || `exit code ${code}`}`,
    {
      advice: 'apps see their storage as before; the volume itself is still served',
    },
  );
}

/** Takes the volume away from all places where apps look. */
export async function unexpose(root: RootShell): Promise<void> {
  const script = `${deviceFunctions()}\nunbind_all\nunmake_places\nrm -f ${PLACES.exposed}`;
  await root.text(script, { purpose: 'the unbinding' });
}

/** What is bound now. */
export async function exposedPlaces(root: RootShell): Promise<{ mountPoint: string; place: string }[]> {
  const script = `[ -f ${PLACES.exposed} ] || exit 0
while read -r point place; do grep -qF " $place fuse.sluice " /proc/1/mounts && echo "$point $place"; done < ${PLACES.exposed}
true`;
  return (await root.text(script)).split('\n').flatMap((line) => {
    const [mountPoint, place] = line.split(' ');
    return mountPoint === undefined || place === undefined ? [] : [{ mountPoint, place }];
  });
}

/** `lower`: the directory to bind on is made there, as shared storage's own directories are; empty: it is there. */
function exposeScript(mountPoint: string, source: string, places: readonly string[], lower: string): string {
  return `${deviceFunctions()}
point=${shellWord(mountPoint)}
grep -qF " $point fuse.sluice " /proc/1/mounts || { echo "no volume is mounted there" >&2; exit 1; }
# Of the mount that holds a path (proc(5), mountinfo): what is mounted in one of a group appears in all of it.
peer_group() {
  best= group=
  while read -r _ _ _ _ at _ rest; do
    case "$1/" in
      "\${at%/}"/*) [ \${#at} -ge \${#best} ] && best=$at && group=$(echo "\${rest%% - *}" | sed -n 's/.*\\(shared:[0-9]*\\).*/\\1/p') ;;
    esac
  done < /proc/1/mountinfo
  echo "$group"
}
lower_group=$(peer_group ${shellWord(source)})
work=${PLACES.change}/expose
rm -rf $work; mkdir -p $work
# As zygote does it. toybox leaves the mounts as they are; others make them private unless told.
if unshare --help 2>&1 | grep -q propagation; then apart='unshare -m --propagation slave'; slave=:
else apart='unshare -m'; slave='mount -o rslave none /'; fi
app=$slave' || exit 1
: > '$work'/standing
tenths=0
while [ ! -f '$work'/bound ]; do
  [ $tenths -gt 100 ] && exit 1
  sleep 0.1; tenths=$((tenths + 1))
done
while read -r place; do
  grep -qF " $place fuse.sluice " /proc/self/mounts && ls "$place" > /dev/null || { echo "$place" >&2; exit 1; }
done < '$work'/places'
globally $apart sh -c "$app" 2> $work/first &
first=$!
tenths=0
while [ ! -f $work/standing ]; do
  [ $tenths -gt 50 ] && { echo "no mount namespace can be made (unshare)" >&2; exit 1; }
  sleep 0.1; tenths=$((tenths + 1))
done
: > $work/places
undo() {
  while read -r place; do globally umount -l "$place"; done < $work/places
  : > $work/places; : > $work/bound
  wait $first
  [ $made = 1 ] && rmdir "$lower"
  rm -rf $work
  exit 1
}
lower=${shellWord(lower)}
made=0 same=
[ -z "$lower" ] || [ -d "$lower" ] || { mkdir -p -m 770 "$lower" && chown 1023:1023 "$lower" && made=1; }
for place in ${places.map(shellWord).join(' ')}; do
  grep -qF " $place fuse.sluice " /proc/1/mounts && { echo "$place has a volume already" >&2; undo; }
done
for place in ${places.map(shellWord).join(' ')}; do
  globally test -d "$place" || continue
  # It would appear in the lower tree as well, and the daemon would be asked by itself.
  group=$(peer_group "$place")
  [ -n "$group" ] && [ "$group" = "$lower_group" ] && { same=$place; continue; }
  # By way of a place before it that is of the same group.
  grep -qF " $place fuse.sluice " /proc/1/mounts && continue
  globally mount -o bind "$point" "$place" || { echo "$place cannot be bound" >&2; undo; }
  echo "$place" >> $work/places
done
[ -s $work/places ] || { echo "none of the places is there where apps look\${same:+, but for some where it would be mounted into its own source}" >&2; undo; }
: > $work/bound
wait $first || { echo "an app that runs would not see $(cat $work/first)" >&2; undo; }
globally $apart sh -c "$app" 2> $work/second || { echo "a new app would not see $(cat $work/second)" >&2; undo; }
while read -r place; do echo "$point $place"; echo "placed=$place" >&3; done < $work/places 3>&1 >> ${PLACES.exposed}
[ $made = 0 ] || echo "$lower" >> ${PLACES.exposedMade}
rm -rf $work
rmdir ${PLACES.change} 2> /dev/null
true`;
}
