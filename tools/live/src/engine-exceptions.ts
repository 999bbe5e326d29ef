/**
 * Which tests of the live suite do not hold for the engine fuse-native, and why, as seen by running them:
 * `SLUICE_ENGINE=fuse-native` runs the suite against it without them, `SLUICE_ENGINE_EXCEPTIONS=off` with them.
 */
const PASSTHROUGH = 'it has no passthrough: every open is served';
const CALLERS = 'fuse-native does not tell who calls: rules that ask for a caller match nobody';
const OWNERS = 'fuse-native does not tell who makes a thing: it belongs to the owner of its directory';
const DIRECT = 'libfuse 2 has direct I/O for whole mounts only: what should be direct is cached';
const UTF8 = 'fuse-native makes strings of names: those that are not UTF-8 are refused';
const TIMES = 'fuse-native keeps milliseconds, and libfuse 2 ignores the setting of one of the two times';
const ONE_THREAD = 'one thread serves: an operation that sleeps on the lower tree holds up all others';
const NODES = 'it knows paths and no nodes: nothing is compared, handed back or forgotten in the kernel';
const LINKS = 'to libfuse 2 each hard link is a file of its own, whose attributes may be old by the timeout';
const OPTIONS =
  'libfuse 2 has one timeout for all names, and fuse-native neither page cache nor read-ahead by file';
const ADVANCED =
  'libfuse 2 has no fallocate, lseek, copy_file_range, renameat2, tmpfile, statx or file handles there';

export interface EngineException {
  /** Of this folder, without `.live.test.ts`. */
  file: string;
  /** The tests, by their full names; undefined: all of the file. */
  tests?: RegExp;
  because: string;
}

export const ENGINE_EXCEPTIONS: readonly EngineException[] = [
  { file: 'passthrough', because: PASSTHROUGH },
  {
    file: 'mixed-opens',
    tests: /lets every open succeed/,
    because: `${PASSTHROUGH}: opens are counted by mode`,
  },
  { file: 'sleeping-lower', because: ONE_THREAD },
  { file: 'idmapped', tests: /shows ids mapped/, because: 'it refuses idmapped mounts' },
  {
    file: 'leaks',
    tests: /copied, walked, linked/,
    because: 'libfuse 2 has no O_TMPFILE, and no nodes are counted',
  },
  { file: 'leaks', tests: /least recently closed registrations/, because: PASSTHROUGH },
  {
    file: 'lower-changes',
    tests: /who has the file open, too/,
    because: 'libfuse 2 drops pages when a file is opened, not when the lower file has changed',
  },
  {
    file: 'lower-changes',
    tests: /replaced on the lower tree/,
    because: 'libfuse 2 answers fstat by the name: ENOENT where the lower tree has it no more',
  },
  {
    file: 'start',
    tests: /and without fusermount3/,
    because: 'it needs root, with fusermount3 and without, and says so in another sentence',
  },
  { file: 'data-modes', tests: /'direct'/, because: DIRECT },
  { file: 'data-modes', tests: /again only where nothing is kept/, because: OPTIONS },
  { file: 'lifecycle', tests: /is served under a policy of its own/, because: PASSTHROUGH },
  { file: 'lifecycle', tests: /a volume whose storage hangs has its status/, because: ONE_THREAD },
  {
    file: 'volume-options',
    tests: /shown by status/,
    because: 'locks stay with the mount, and ACLs are not checked',
  },
  { file: 'policy-rules', tests: /'passthrough' by|'auto' by/, because: PASSTHROUGH },
  { file: 'policy-rules', tests: /'direct' by/, because: DIRECT },
  { file: 'policy-rules', tests: /being created|renamed|change places|several names/, because: PASSTHROUGH },
  { file: 'policy-apply', because: PASSTHROUGH },
  { file: 'policy-blocked', because: `${ONE_THREAD}, the applying of a policy as well` },
  {
    file: 'policy-flips',
    because: `${OWNERS}: who made a file is refused (EACCES) when it writes to it again`,
  },
  { file: 'policy-guards', because: `${CALLERS}: who is entitled reads no more than who is barred` },
  {
    file: 'policy-life',
    // These go on from one another.
    tests: /^the life of a policy /,
    because: `${NODES}; ${CALLERS}`,
  },
  { file: 'policy-options', because: OPTIONS },
  { file: 'policy-packages', tests: /is compiled again|stays as it is/, because: CALLERS },
  { file: 'policy-trace', because: 'it records no traces' },
  { file: 'posix-borders', tests: /lie where/, because: ADVANCED },
  { file: 'posix-directories', tests: /names of any bytes/, because: UTF8 },
  { file: 'posix-programs', tests: /tar packs|cp -a/, because: UTF8 },
  { file: 'posix-random', because: UTF8 },
  { file: 'posix-racing', because: LINKS },
  {
    file: 'posix-sharing',
    tests: /that an editor saves/,
    because:
      'libfuse 2 puts an open file aside before another is renamed to its name: for a moment nothing has it',
  },
  {
    file: 'trees',
    // A tree whose name is there when the policy comes is bound by the supervisor, whatever engine serves.
    tests:
      /made later|a glob with wildcards|moved away|ends with the policy|earlier rule hides|hidden from some|256 at most/,
    because: `it binds no tree that is made or looked up later, and counts no opens in trees; ${CALLERS}`,
  },
  { file: 'doctor', tests: /FUSE beneath a source|compares with what its daemon/, because: PASSTHROUGH },
  { file: 'lower-file-systems', tests: /^a volume whose source is on/, because: PASSTHROUGH },
  { file: 'exercisers/differential', because: UTF8 },
  { file: 'exercisers/exercisers', tests: /one file holds/, because: ADVANCED },
  { file: 'exercisers/exercisers', tests: /one tree stays sound/, because: TIMES },
  {
    file: 'exercisers/fio',
    tests: /'(passthrough|direct)' .* on the mount and in the lower tree/,
    because: `${PASSTHROUGH}, and none directly: opens are counted by mode`,
  },
  {
    file: 'conformance/conformance',
    tests: /under the policy .* (?!(bad_pointers|handles|leases|maps|permissions)$)\w+$/,
    because: `${OWNERS}; ${LINKS}; ${TIMES}; ${ADVANCED}; locks stay with the mount`,
  },
];

/** Why the test is not run for the engine; undefined: it is. `path`: of its file; `name`: its full name. */
export function exceptionTo(path: string, name: string): string | undefined {
  return ENGINE_EXCEPTIONS.find(
    ({ file, tests }) =>
      path.endsWith(`/tools/live/src/${file}.live.test.ts`) && (tests === undefined || tests.test(name)),
  )?.because;
}
