/**
 * Which tests of the live suite do not hold for the engine fuse-native, and why: `SLUICE_ENGINE=fuse-native` runs the suite
 * against it without them. Those marked `unconfirmed` are not known to fail for their reason: either they have not been run
 * against the engine, or they failed or ran out of time and nobody has looked why. Each has to be run and looked at.
 */
const PASSTHROUGH = 'it has no passthrough: every open is served';
const CALLERS = 'fuse-native does not tell who calls: rules that ask for a caller match nobody';
const DIRECT = 'libfuse 2 has direct I/O for whole mounts only: what should be direct is cached';
const UTF8 = 'fuse-native makes strings of names: those that are not UTF-8 are refused';
const TIMES = 'fuse-native keeps milliseconds, and libfuse 2 ignores the setting of one of the two times';
const ONE_THREAD = 'one thread serves: an operation that sleeps on the lower tree holds up all others';
const SLOW = 'a request costs four times as much: it does not end in its time';
const NODES = 'it knows paths and no nodes: nothing is compared, handed back or forgotten in the kernel';
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
  /** The reason is expected, not seen. */
  unconfirmed?: true;
}

export const ENGINE_EXCEPTIONS: readonly EngineException[] = [
  { file: 'passthrough', because: PASSTHROUGH, unconfirmed: true },
  { file: 'mixed-opens', because: PASSTHROUGH, unconfirmed: true },
  { file: 'sleeping-lower', because: ONE_THREAD, unconfirmed: true },
  { file: 'idmapped', because: 'it refuses idmapped mounts', unconfirmed: true },
  {
    file: 'idle',
    because: 'libfuse does not tell that its mount is gone: that is looked at once a second',
    unconfirmed: true,
  },
  { file: 'leaks', because: NODES, unconfirmed: true },
  { file: 'lower-changes', because: PASSTHROUGH, unconfirmed: true },
  { file: 'reused-inodes', because: NODES, unconfirmed: true },
  { file: 'start', because: PASSTHROUGH, unconfirmed: true },
  { file: 'data-modes', tests: /'all'|'passthrough'/, because: PASSTHROUGH, unconfirmed: true },
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
  { file: 'policy-blocked', because: ONE_THREAD, unconfirmed: true },
  { file: 'policy-flips', because: PASSTHROUGH, unconfirmed: true },
  { file: 'policy-guards', because: CALLERS, unconfirmed: true },
  { file: 'policy-life', because: NODES, unconfirmed: true },
  { file: 'policy-options', because: OPTIONS },
  { file: 'policy-packages', because: CALLERS, unconfirmed: true },
  { file: 'policy-trace', because: 'it records no traces', unconfirmed: true },
  { file: 'posix-borders', tests: /lie where/, because: `${UTF8}; ${TIMES}; ${ADVANCED}`, unconfirmed: true },
  { file: 'posix-directories', tests: /names of any bytes/, because: UTF8 },
  {
    file: 'posix-programs',
    tests: /tar packs|cp -a|git clones/,
    because: `${TIMES}; ${UTF8}`,
    unconfirmed: true,
  },
  { file: 'posix-random', because: `${TIMES}; ${ADVANCED}`, unconfirmed: true },
  { file: 'posix-racing', because: ADVANCED, unconfirmed: true },
  { file: 'posix-sharing', because: 'locks stay with the mount', unconfirmed: true },
  { file: 'posix-small-files', because: SLOW, unconfirmed: true },
  { file: 'posix-many-files', because: SLOW, unconfirmed: true },
  { file: 'exercisers/differential', because: `${TIMES}; ${ADVANCED}`, unconfirmed: true },
  { file: 'exercisers/exercisers', because: ADVANCED, unconfirmed: true },
  { file: 'exercisers/fio', because: PASSTHROUGH, unconfirmed: true },
  { file: 'exercisers/outliving-mapping', because: PASSTHROUGH, unconfirmed: true },
  { file: 'conformance/conformance', because: `${CALLERS}; ${TIMES}; ${ADVANCED}`, unconfirmed: true },
];

/** Why the test is not run for the engine; undefined: it is. `path`: of its file; `name`: its full name. */
export function exceptionTo(path: string, name: string): string | undefined {
  return ENGINE_EXCEPTIONS.find(
    ({ file, tests }) =>
      path.endsWith(`/tools/live/src/${file}.live.test.ts`) && (tests === undefined || tests.test(name)),
  )?.because;
}
