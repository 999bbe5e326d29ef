/**
 * Mounting without CAP_SYS_ADMIN, by libfuse's set-user-id program fusermount3.
 *
 * It finds the number of a unix socket in its environment, opens the FUSE device, mounts, sends the device's descriptor
 * with one byte over the socket and ends (libfuse: util/fusermount.c, lib/mount.c). Users are let mount where they may
 * write, without set-id bits and device files, and for others as well only where /etc/fuse.conf says so; root is not
 * asked. It unmounts what its caller has mounted.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { ERRNO, Scratch, errnoName, sys } from '@sluice/sys';
import { hasCapability, ownCapabilities } from './capabilities.ts';
import type { Capabilities } from './capabilities.ts';
import { MAX_TRANSFER } from './memory.ts';
import { MountError } from './mount-options.ts';
import type { MountOptions } from './mount-options.ts';

/** In order of preference: of libfuse 3, of libfuse 2. They speak alike. */
const PROGRAMS = ['fusermount3', 'fusermount'] as const;
const CONFIGURATION = '/etc/fuse.conf';
const WITHIN_MS = 10_000;
/** Where programs are looked for if nobody says where (execvp(3)). */
const DEFAULT_PATH = '/usr/bin:/bin';
/** Of the socket, in the program: the first behind its standard streams. */
const SOCKET_FD = 3;

/** A volume that somebody else has mounted for us. */
export interface AssistedMount {
  /** The /dev/fuse descriptor; the kernel's INIT waits in it. */
  device: number;
  /** The program's path. */
  program: string;
  /** Other users than the daemon's own may enter. */
  allowsOthers: boolean;
  /** Set-id bits count, and device files. */
  suid: boolean;
  dev: boolean;
}

/** The program's path, or undefined. `path`: directories, as in the environment; relative ones are passed over. */
export function findFusermount(path = process.env['PATH'] ?? DEFAULT_PATH): string | undefined {
  const directories = path.split(delimiter).filter((directory) => isAbsolute(directory));
  return PROGRAMS.flatMap((program) => directories.map((directory) => join(directory, program))).find(
    isProgram,
  );
}

/** Mounts. Throws a {@link MountError} that says what is missing; nothing is mounted then. */
export function mountByFusermount(options: MountOptions): AssistedMount {
  const program = findFusermount();
  if (program === undefined) {
    throw new MountError(
      ERRNO.EPERM,
      `cannot mount on ${options.mountPoint}: mounting without CAP_SYS_ADMIN is done by the program fusermount3, ` +
        'which is not on PATH; install the package fuse3 (apt-get install fuse3), or start the daemon as root',
    );
  }
  const granted = grantedTo(process.getuid?.() ?? 0, options, readConfiguration());
  const [ours, theirs] = socketPair();
  try {
    const ended = start(program, ['-o', fusermountOptions(granted), '--', options.mountPoint], theirs);
    sys.close(theirs.fd);
    theirs.fd = -1;
    const device = sys.receiveDescriptor(ours.fd);
    if (ended.failure === undefined && device >= 0) {
      const { allowOther, suid, dev } = granted;
      return { device, program, allowsOthers: allowOther, suid, dev };
    }
    if (device >= 0) sys.close(device);
    // It may have mounted before it failed.
    else if (ended.failure === undefined) unmountByFusermount(options.mountPoint, true);
    const why = ended.failure ?? `it sent no descriptor (${errnoName(device)})`;
    throw new MountError(
      ERRNO.EPERM,
      `cannot mount on ${options.mountPoint} by ${program}: ${why}${hindrance(ownCapabilities())}`,
    );
  } finally {
    for (const { fd } of [ours, theirs]) if (fd >= 0) sys.close(fd);
  }
}

/** 0, or -errno: -EBUSY where files are open, -EINVAL where nothing of the caller's is mounted, otherwise -EPERM. */
export function unmountByFusermount(mountPoint: string, lazily: boolean): number {
  const program = findFusermount();
  if (program === undefined) return -ERRNO.EPERM;
  const words = ['-u', ...(lazily ? ['-z'] : []), '--', mountPoint];
  const { failure } = start(program, words, undefined);
  return failure === undefined ? 0 : unmountErrno(failure);
}

/** What the program says of an errno is strerror(3)'s text, always in English. */
export function unmountErrno(said: string): number {
  if (said.includes('Device or resource busy')) return -ERRNO.EBUSY;
  if (said.includes('Invalid argument') || said.includes('not found in')) return -ERRNO.EINVAL;
  return -ERRNO.EPERM;
}

/** The options with those left out that the program would not let this user have. `configuration`: of fuse.conf(5). */
export function grantedTo(uid: number, options: MountOptions, configuration: string): Required<MountOptions> {
  const { suid = false, dev = false, allowOther } = options;
  const isRoot = uid === 0;
  return {
    ...options,
    suid: suid && isRoot,
    dev: dev && isRoot,
    allowOther: allowOther && (isRoot || usersMayAllowOthers(configuration)),
  };
}

/** A line that says `user_allow_other` and nothing else; comments begin with #. */
export function usersMayAllowOthers(configuration: string): boolean {
  // A last line without its end is not read by the program, either.
  const lines = configuration.split('\n').slice(0, -1);
  return lines.some((line) => (line.split('#')[0] ?? '').trim() === 'user_allow_other');
}

/** As the program takes them. It adds the device, the root's type and the user's ids by itself. */
export function fusermountOptions(options: Required<MountOptions>): string {
  return [
    `fsname=${options.name.replaceAll(/[\\,]/g, '\\$&')}`,
    'subtype=sluice',
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.suid ? ['suid'] : []),
    ...(options.dev ? ['dev'] : []),
    `max_read=${MAX_TRANSFER}`,
  ].join(',');
}

/** What keeps a set-user-id program from being root, for people; empty if nothing does. */
export function hindrance({ bounding, noNewPrivileges }: Capabilities): string {
  if (!hasCapability(bounding, 'SYS_ADMIN')) {
    return (
      '; CAP_SYS_ADMIN is not in the bounding set of the daemon, so no program that it starts can have it: ' +
      'leave it there (in a container: --cap-add SYS_ADMIN)'
    );
  }
  if (noNewPrivileges) {
    return '; no_new_privs is set for the daemon, so no program that it starts gets more rights: start it without';
  }
  return '';
}

interface Ended {
  /** Undefined if it did what it was to do. */
  failure: string | undefined;
}

function start(program: string, words: string[], socket: { fd: number } | undefined): Ended {
  const { status, signal, error, stderr } = spawnSync(program, words, {
    env: { PATH: DEFAULT_PATH, ...(socket === undefined ? {} : { _FUSE_COMMFD: String(SOCKET_FD) }) },
    stdio: ['ignore', 'ignore', 'pipe', ...(socket === undefined ? [] : [socket.fd])],
    encoding: 'utf8',
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024,
  });
  if (status === 0 && error === undefined) return { failure: undefined };
  const said = stderr.trim().replaceAll(/\s*\n\s*/g, '; ');
  if (said !== '') return { failure: said };
  return { failure: error?.message ?? `it ended with ${signal ?? `exit code ${status ?? 'unknown'}`}` };
}

function socketPair(): [{ fd: number }, { fd: number }] {
  scratch ??= new Scratch(4096);
  scratch.reset();
  const at = scratch.bytes(8);
  const result = sys.socketpair(at);
  if (result < 0) throw new MountError(-result, `no socket for fusermount3 (${errnoName(result)})`);
  return [{ fd: scratch.u32At(at) }, { fd: scratch.u32At(at + 4) }];
}

/** Arenas are numbered, and numbers are never used again: one for all mounts. */
let scratch: Scratch | undefined;

/** Not there, or not for us to read: it grants nothing. */
function readConfiguration(): string {
  try {
    return readFileSync(CONFIGURATION, 'utf8');
  } catch {
    return '';
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
