/** What is installed on a device, as its directories say. */
import { DeviceFailure } from './failure.ts';
import { BASE, MODULE, RUNTIME_ID, VERSION_ID } from './layout.ts';
import type { RootShell } from './root-shell.ts';
import { shellWord } from './shell-quote.ts';

export interface Installed {
  /** Ids; undefined where the link is absent. */
  current: string | undefined;
  previous: string | undefined;
  versions: string[];
  runtimes: string[];
  /** What an interrupted deployment left: names beneath {@link BASE}. */
  unfinished: string[];
  /** Of the supervisor; undefined if none runs. */
  pid: number | undefined;
  /** Its control socket answers, which it does once every volume is served. Never without a pid. */
  listening: boolean;
  hasConfig: boolean;
  /** The root manager's module is there. */
  module: boolean;
  /** Why the module does not start the daemon; undefined if it may. */
  disabled: string | undefined;
}

const SCRIPT = `
cd ${BASE} 2>/dev/null || exit 0
for link in current previous; do [ -L $link ] && echo "$link=$(readlink $link)"; done
for directory in versions/* runtime/*; do [ -d "$directory" ] && echo "directory=$directory"; done
[ -f config.yaml ] && echo config=1
[ -f ${MODULE}/module.prop ] && echo module=1
[ -f module/disabled ] && echo "disabled=$(head -n 1 module/disabled)"
pid=$(cat state/lock 2>/dev/null)
case "$pid" in '' | *[!0-9]*) ;; *)
  tr '\\000' ' ' < /proc/$pid/cmdline 2>/dev/null | grep -q 'sluiced\\.cjs' && echo "pid=$pid" &&
    grep -q '00010000 .* ${BASE}/state/control\\.sock$' /proc/net/unix && echo listening=1 ;;
esac
true`;

export async function readInstalled(root: RootShell): Promise<Installed> {
  const lines = (await root.text(SCRIPT, { purpose: 'the look at what is installed' })).split('\n');
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
  const link = (name: string): string | undefined => {
    const id = /^versions\/([^/]+)\/?$/.exec(all(name)[0] ?? '')?.[1];
    return id !== undefined && VERSION_ID.test(id) ? id : undefined;
  };
  const beneath = (parent: string, pattern: RegExp): string[] =>
    all('directory').flatMap((path) => {
      const name = path.slice(parent.length + 1);
      return path.startsWith(`${parent}/`) && pattern.test(name) ? [name] : [];
    });
  const pid = Number(all('pid')[0]);
  return {
    current: link('current'),
    previous: link('previous'),
    versions: beneath('versions', VERSION_ID),
    runtimes: beneath('runtime', RUNTIME_ID),
    unfinished: all('directory').filter((path) => path.endsWith('.part')),
    pid: Number.isInteger(pid) && pid > 0 ? pid : undefined,
    listening: all('listening').length > 0,
    hasConfig: all('config').length > 0,
    module: all('module').length > 0,
    disabled: all('disabled')[0],
  };
}

/** @throws DeviceFailure `not-deployed`. */
export async function requireDeployed(root: RootShell): Promise<Installed & { current: string }> {
  const installed = await readInstalled(root);
  const { current } = installed;
  if (current === undefined)
    throw new DeviceFailure('not-deployed', `Sluice is not deployed on ${root.serial}`, {
      advice: `sluice device deploy -s ${root.serial}`,
    });
  return { ...installed, current };
}

/** SHA-256 of each file beneath a directory, by path relative to it; empty if there is no such directory. */
export async function hashesBeneath(root: RootShell, directory: string): Promise<Map<string, string>> {
  const script = `cd ${shellWord(directory)} 2>/dev/null || exit 0\nfind . -type f -exec sha256sum {} +`;
  const text = await root.text(script, { purpose: `the check of ${directory}`, timeoutMs: 180_000 });
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [, hash, path] = /^([0-9a-f]{64}) [ *]\.\/(.+)$/.exec(line) ?? [];
      return hash === undefined || path === undefined ? [] : [[path, hash]];
    }),
  );
}
