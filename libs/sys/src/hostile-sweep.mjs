/**
 * Calls everything the addon has with arguments of every kind, in a process of its own, because some of them may
 * succeed: `node hostile-sweep.mjs <addon> <folder> <report> <seed> <rounds>`.
 *
 * An arena over the start of a memfd is offered as the memory to use; a second one over all of it is the witness: the
 * bytes that follow the first arena, in its last page and after it, must stay as they were. The report is JSON:
 * `problems` (what should not have happened) and `succeeded` (calls that once gave 0 or more).
 */
import { chmodSync, closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [addon, folder, report, seed, rounds] = process.argv.slice(2);
const sys = createRequire(import.meta.url)(addon);

const PAGE = 65_536;
const ARENA = 2 ** 40;
const LOCK_NB = 4;
const BYTES = 3 * PAGE + 100;
const ALL = 5 * PAGE;
const GUARD = 0xa5;

/** One letter an argument: f descriptor, a address, b base, n length, w word, s string, t timeout. */
const SIGNATURES = {
  ...{
    memfdCreate: 'sn',
    arenaMap: 'fnw',
    arenaMapSession: 'fn',
    arenaAllocate: 'n',
    arenaRelease: 'b',
    arenaBuffer: 'b',
  },
  ...{ exchange: 'fanan', read: 'fan', write: 'fan', poll: 'fwt', ioctl: 'fwa' },
  ...{ openat: 'faww', openat2: 'fawww', close: 'f', mkdirat: 'faw', mknodat: 'faww', unlinkat: 'faw' },
  ...{ renameat2: 'fafaw', linkat: 'fafaw', symlinkat: 'afa', readlinkat: 'faan', getdents64: 'fan' },
  ...{ stat: 'fawa', statfs: 'fa', chmodFd: 'fw', chownFd: 'fww', utimesFd: 'fa', truncateFd: 'fa' },
  ...{ ftruncate: 'fa', reopen: 'fw', linkFd: 'ffa', nameToHandle: 'faanw', openByHandle: 'faw' },
  ...{ getxattr: 'faan', setxattr: 'faanw', listxattr: 'fan', removexattr: 'fa' },
  ...{ pread: 'fana', preadNoWait: 'fana', readahead: 'fn', pwrite: 'fana', fallocate: 'fwaa', lseek: 'faw' },
  ...{ fsync: 'f', fdatasync: 'f', syncfs: 'f', copyFileRange: 'fafanw' },
  ...{ mount: 'sssws', umount2: 'sw', unshare: 'w', openPath: 'sww' },
  ...{ futexWait: 'awt', futexWake: 'an', schedSetaffinity: 'an', schedGetaffinity: 'an', gettid: '' },
  ...{ setfsuid: 'w', setfsgid: 'w', setSecurebits: 'w', flock: 'fw', lockRange: 'fwa', lease: 'fw' },
  ...{ capget: 'a', umask: 'w', peerCredentials: 'fa', socketpair: 'a', receiveDescriptor: 'f' },
};
const OPENERS = new Set([
  'memfdCreate',
  'openat',
  'openat2',
  'openPath',
  'reopen',
  'openByHandle',
  'receiveDescriptor',
]);

let state = Number(seed) >>> 0;
/** Mulberry32: the same seed, the same sweep. */
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const pick = (values) => values[random(values.length)];

// A namespace and a small file system of its own, where that is allowed; the folder as it is otherwise.
const [NEWNS, PRIVATE, NODEV_NOSUID] = [0x20000, 0x44000, 6];
if (sys.unshare(NEWNS) === 0 && sys.mount('none', '/', '', PRIVATE, '') === 0) {
  sys.mount('sweep', folder, 'tmpfs', NODEV_NOSUID, 'size=8m,nr_inodes=2000');
}
process.chdir(folder);

const memfd = sys.memfdCreate('sweep', ALL);
const base = sys.arenaMap(memfd, BYTES, 0);
const whole = sys.arenaMap(memfd, ALL, 0);
closeSync(memfd);
const inside = new Uint8Array(sys.arenaBuffer(base));
const guard = Buffer.from(sys.arenaBuffer(whole), BYTES);
guard.fill(GUARD);
const untouched = Buffer.alloc(guard.length, GUARD);

/** Short names, NULs, small and absurd numbers; no `/` and no `.`, so that no name leads out of the folder. */
function refill() {
  for (let at = 0; at < inside.length; at += 8) {
    const kind = random(4);
    for (let i = at; i < Math.min(at + 8, inside.length); i++) {
      inside[i] =
        kind === 0 ? 0 : kind === 1 ? pick([0, 0, 1, 8, 0xff]) : kind === 2 ? 0x61 + random(3) : 0xff;
    }
    if (kind === 2) inside[Math.min(at + random(8), inside.length - 1)] = 0;
  }
}

const hostileObject = {
  valueOf() {
    throw new Error('arguments are not to be converted');
  },
  [Symbol.toPrimitive]() {
    throw new Error('arguments are not to be converted');
  },
};
const numbers = [
  ...[NaN, Infinity, -Infinity, -0, -1, -2, -100, 0.5, -0.5, 1e-320, 1e300, -1e300],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 39, 2 ** 39 + 1],
  ...[2 ** 52, 2 ** 52 + 1, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 63, 2 ** 64],
  ...[ARENA - 1, 3 * ARENA, 4096 * ARENA, 4097 * ARENA, base - 1, -base],
];
const others = [
  ...[undefined, null, true, false, '', '0', 'x', 'a\0b', 'x'.repeat(5000), '\ud800', 1n, 2n ** 70n],
  ...[Symbol('x'), () => 0, {}, [], [1], new Uint8Array(8), new Date(0), new Proxy({}, {}), hostileObject],
];
const addresses = [
  ...[0, 1, 4, 8, 100, PAGE - 1, PAGE, BYTES - 4096, BYTES - 112, BYTES - 80, BYTES - 32, BYTES - 16],
  ...[BYTES - 9, BYTES - 8, BYTES - 7, BYTES - 4, BYTES - 3, BYTES - 1, BYTES, BYTES + 1, PAGE * 4],
].map((offset) => base + offset);
const lengths = [
  ...[0, 1, 2, 7, 8, 9, 16, 64, 100, 128, 129, 255, 4095, 4096, 4097, PAGE, BYTES - 1, BYTES, BYTES + 1, ALL],
  ...[2 ** 31, 2 ** 32 + 8, 2 ** 40],
];
const requests = [0xe500, 0x8004e500, 0x4010e501, 0x4018e501, 0xbfffe501, 0x8100e57e, 0x80086601, 0x40086602];
const words = [
  ...[0, 1, 2, 3, 4, 8, 0o100, 0o700, 0x100, 0x200, 0x400, 0x1000, 0x1002, 0o200000, 0o400000, 0o10000000],
  ...[0x801c581f, 0x401c5820, 0x5401, -1, 2 ** 32 - 1, ...requests],
];

/** A name the sweep never offers: it may mount over, remove or exchange what it can name. */
const OWN_FILE = 'kept for the sweep';
let descriptors = [openSync(OWN_FILE, 'w+'), openSync('.', 'r')];

function argument(call, letter) {
  const roll = random(10);
  if (roll === 0) return letter === 't' ? NaN : pick(numbers);
  if (roll === 1) return pick(others);
  switch (letter) {
    case 'f':
      return pick([...descriptors, ...descriptors, -100, -1, 12_345]);
    case 'a':
      return random(2) === 0 ? pick(addresses) : base + random(BYTES);
    case 'b':
      return call === 'arenaBuffer' ? pick([base, base + 1, 0]) : pick([base + 1, 0, 4096 * ARENA]);
    case 'n':
      return pick(lengths);
    case 'w':
      return pick(words);
    case 's':
      return pick(['', 'a', 'b', 'file', 'tmpfs', 'size=1m', 'x'.repeat(300)]);
    default:
      return pick([0, 1]);
  }
}

/** Pipes and device nodes could make a later open wait, or do something; they have tests of their own. */
function makesSpecialFile(call, values) {
  const type = values[2] & 0xf000;
  return call === 'mknodat' && ![0, 0x8000, 0xf000].includes(type);
}

function fitting(call, result) {
  if (call === 'arenaBuffer') return result === null || result instanceof ArrayBuffer;
  if (!Number.isSafeInteger(result)) return false;
  return result >= -4095 || (call === 'exchange' && result >= -14_095 && result <= -10_001);
}

const problems = [];
const succeeded = new Set();
const say = (call, values, what) => problems.push(`${call}(${values.map(shown).join(', ')}): ${what}`);
const shown = (value) => (typeof value === 'number' ? String(value) : typeof value);

/** Where a pair was written to may be any arena; the process has no other sockets. */
function closeSockets() {
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) closeSync(Number(fd));
    } catch {
      // That of the listing itself is closed already.
    }
  }
}

/** The sweep changes modes, which only root is above. */
function restoreModes() {
  chmodSync(folder, 0o700);
  chmodSync(`${folder}/${OWN_FILE}`, 0o600);
}

/** All of them, or locks of the old descriptors would be in the way of the new ones. */
function reopen(closed) {
  for (const fd of descriptors) if (fd !== closed) closeSync(fd);
  restoreModes();
  descriptors = [openSync(OWN_FILE, 'w+'), openSync('.', 'r')];
}

function attempt(call) {
  const values = [...SIGNATURES[call]].map((letter) => argument(call, letter));
  // After unshare(CLONE_FILES) other threads hold what is closed here, and its locks: nobody may wait for one.
  if (call === 'flock' && (values[1] === 1 || values[1] === 2)) values[1] |= LOCK_NB;
  if (random(40) === 0) values.length = random(values.length + 1);
  if (random(40) === 0) values.push(...others);
  if (call === 'mknodat' && typeof values[2] === 'number' && makesSpecialFile(call, values)) return;
  let result;
  try {
    result = sys[call](...values);
  } catch (error) {
    return say(call, values, `threw ${String(error)}`);
  }
  if (!fitting(call, result)) say(call, values, `gave ${String(result)}`);
  if (result >= 0 || result instanceof ArrayBuffer) succeeded.add(call);
  if (result >= 0 && OPENERS.has(call)) sys.close(result);
  if (result === 0 && call === 'socketpair') closeSockets();
  // A later call may truncate the file: reading the mapping would then be a SIGBUS, as native.ts says.
  if (result >= 0 && (call === 'arenaMap' || call === 'arenaMapSession')) sys.arenaRelease(result);
  if (call === 'close' && result === 0) reopen(values[0]);
}

// What capset(2) takes away cannot be had back: thread.test.ts has it to itself.
const calls = Object.keys(sys).filter((call) => call !== 'capset');
for (const call of calls) if (SIGNATURES[call] === undefined) problems.push(`${call} is not in the sweep`);
for (let round = 0; round < Number(rounds) && problems.length < 20; round++) {
  if (round % 16 === 0) refill();
  for (const call of calls) {
    attempt(call);
    // Another identity would make everything after it fail for that reason alone.
    if (call === 'setfsuid') sys.setfsuid(0);
    if (call === 'setfsgid') sys.setfsgid(0);
  }
  if (!guard.equals(untouched)) {
    problems.push(`round ${round}: bytes behind the arena were changed`);
    guard.fill(GUARD);
  }
}
restoreModes();
writeFileSync(report, JSON.stringify({ problems, succeeded: [...succeeded].sort() }));
