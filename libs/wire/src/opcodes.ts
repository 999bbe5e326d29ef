/**
 * Every opcode of protocol 7.45, with the shape of its request: the table from which the decoder checks requests, the
 * dispatcher finds handlers and the counters take their places. It reads top to bottom as a map of the protocol.
 *
 * A request is the header, an argument structure, then names (each with its NUL), then data whose size a field of the
 * argument gives, then extension blocks. No request has all of them. Sources: include/uapi/linux/fuse.h for the
 * numbers and structures; fs/fuse/ (dir.c, file.c, xattr.c, dev.c) for what follows them.
 */
import * as s from './structs/index.ts';

/**
 * What a name may be. All are 1 to 255 bytes, a target to 4,095.
 *
 * - `component`: of a directory, to be created, removed or moved: no slash, not `.` or `..`
 * - `lookup`: the same, but `.` and `..` are legal: the kernel looks them up to rebuild a path from a file handle
 * - `any`: any bytes. TMPFILE sends the name `/`, which no directory can have (fs/namei.c)
 * - `xattr`: an extended attribute's; slashes are legal
 * - `target`: of a symbolic link
 */
export type NameRule = 'component' | 'lookup' | 'any' | 'xattr' | 'target';

/** Data behind the argument and names: the u32 at byte `at` of the argument counts units of `unit` bytes. */
export interface Payload {
  readonly at: number;
  readonly unit: number;
}

export interface Operation<
  Number extends number = number,
  Name extends string = string,
  Handler extends string = string,
> {
  readonly number: Number;
  /** The kernel's name without its FUSE_ prefix. */
  readonly name: Name;
  /** The key under which a file system keeps its handler. */
  readonly handler: Handler;
  /** Smallest size of the argument structure in bytes. */
  readonly argument: number;
  /** How many NUL-terminated names follow the argument. */
  readonly names: 0 | 1 | 2;
  readonly nameRules: readonly NameRule[];
  readonly payload: Payload | undefined;
  /** Whether the kernel waits for a reply; writing one for the others is an error. */
  readonly reply: boolean;
}

interface Shape {
  readonly argument?: number;
  readonly names?: readonly [] | readonly [NameRule] | readonly [NameRule, NameRule];
  readonly payload?: Payload;
  readonly reply?: false;
}

const NO_NAMES: readonly [] = Object.freeze([] as const);

function operation<const N extends number, const M extends string, const H extends string>(
  number: N,
  name: M,
  handler: H,
  shape: Shape = {},
): Operation<N, M, H> {
  const nameRules = shape.names ?? NO_NAMES;
  return Object.freeze({
    number,
    name,
    handler,
    argument: shape.argument ?? 0,
    names: nameRules.length,
    nameRules,
    payload: shape.payload,
    reply: shape.reply ?? true,
  });
}

const forgets: Payload = { at: s.BATCH_FORGET_IN.count, unit: s.FORGET_ONE.SIZE };
const mappings: Payload = { at: s.REMOVEMAPPING_IN.count, unit: s.REMOVEMAPPING_ONE.SIZE };
const written: Payload = { at: s.WRITE_IN.size, unit: 1 };
const value: Payload = { at: s.SETXATTR_IN.size, unit: 1 };
const input: Payload = { at: s.IOCTL_IN.in_size, unit: 1 };
const retrieved: Payload = { at: s.NOTIFY_RETRIEVE_IN.size, unit: 1 };

/** All operations in the order of their numbers. */
export const OPCODES = Object.freeze([
  operation(1, 'LOOKUP', 'lookup', { names: ['lookup'] }),
  operation(2, 'FORGET', 'forget', { argument: s.FORGET_IN.SIZE, reply: false }),
  operation(3, 'GETATTR', 'getattr', { argument: s.GETATTR_IN.SIZE }),
  operation(4, 'SETATTR', 'setattr', { argument: s.SETATTR_IN.SIZE }),
  operation(5, 'READLINK', 'readlink'),
  operation(6, 'SYMLINK', 'symlink', { names: ['component', 'target'] }),
  operation(8, 'MKNOD', 'mknod', { argument: s.MKNOD_IN.SIZE, names: ['component'] }),
  operation(9, 'MKDIR', 'mkdir', { argument: s.MKDIR_IN.SIZE, names: ['component'] }),
  operation(10, 'UNLINK', 'unlink', { names: ['component'] }),
  operation(11, 'RMDIR', 'rmdir', { names: ['component'] }),
  operation(12, 'RENAME', 'rename', { argument: s.RENAME_IN.SIZE, names: ['component', 'component'] }),
  operation(13, 'LINK', 'link', { argument: s.LINK_IN.SIZE, names: ['component'] }),
  operation(14, 'OPEN', 'open', { argument: s.OPEN_IN.SIZE }),
  operation(15, 'READ', 'read', { argument: s.READ_IN.SIZE }),
  operation(16, 'WRITE', 'write', { argument: s.WRITE_IN.SIZE, payload: written }),
  operation(17, 'STATFS', 'statfs'),
  operation(18, 'RELEASE', 'release', { argument: s.RELEASE_IN.SIZE }),
  operation(20, 'FSYNC', 'fsync', { argument: s.FSYNC_IN.SIZE }),
  operation(21, 'SETXATTR', 'setxattr', {
    argument: s.SETXATTR_IN_COMPAT_SIZE,
    names: ['xattr'],
    payload: value,
  }),
  operation(22, 'GETXATTR', 'getxattr', { argument: s.GETXATTR_IN.SIZE, names: ['xattr'] }),
  operation(23, 'LISTXATTR', 'listxattr', { argument: s.GETXATTR_IN.SIZE }),
  operation(24, 'REMOVEXATTR', 'removexattr', { names: ['xattr'] }),
  operation(25, 'FLUSH', 'flush', { argument: s.FLUSH_IN.SIZE }),
  operation(26, 'INIT', 'init', { argument: s.INIT_IN_COMPAT_SIZE }),
  operation(27, 'OPENDIR', 'opendir', { argument: s.OPEN_IN.SIZE }),
  operation(28, 'READDIR', 'readdir', { argument: s.READ_IN.SIZE }),
  operation(29, 'RELEASEDIR', 'releasedir', { argument: s.RELEASE_IN.SIZE }),
  operation(30, 'FSYNCDIR', 'fsyncdir', { argument: s.FSYNC_IN.SIZE }),
  operation(31, 'GETLK', 'getlk', { argument: s.LK_IN.SIZE }),
  operation(32, 'SETLK', 'setlk', { argument: s.LK_IN.SIZE }),
  operation(33, 'SETLKW', 'setlkw', { argument: s.LK_IN.SIZE }),
  operation(34, 'ACCESS', 'access', { argument: s.ACCESS_IN.SIZE }),
  operation(35, 'CREATE', 'create', { argument: s.CREATE_IN.SIZE, names: ['component'] }),
  operation(36, 'INTERRUPT', 'interrupt', { argument: s.INTERRUPT_IN.SIZE, reply: false }),
  operation(37, 'BMAP', 'bmap', { argument: s.BMAP_IN.SIZE }),
  operation(38, 'DESTROY', 'destroy'),
  operation(39, 'IOCTL', 'ioctl', { argument: s.IOCTL_IN.SIZE, payload: input }),
  operation(40, 'POLL', 'poll', { argument: s.POLL_IN.SIZE }),
  operation(41, 'NOTIFY_REPLY', 'notifyReply', {
    argument: s.NOTIFY_RETRIEVE_IN.SIZE,
    payload: retrieved,
    reply: false,
  }),
  operation(42, 'BATCH_FORGET', 'batchForget', {
    argument: s.BATCH_FORGET_IN.SIZE,
    payload: forgets,
    reply: false,
  }),
  operation(43, 'FALLOCATE', 'fallocate', { argument: s.FALLOCATE_IN.SIZE }),
  operation(44, 'READDIRPLUS', 'readdirplus', { argument: s.READ_IN.SIZE }),
  operation(45, 'RENAME2', 'rename2', { argument: s.RENAME2_IN.SIZE, names: ['component', 'component'] }),
  operation(46, 'LSEEK', 'lseek', { argument: s.LSEEK_IN.SIZE }),
  operation(47, 'COPY_FILE_RANGE', 'copyFileRange', { argument: s.COPY_FILE_RANGE_IN.SIZE }),
  operation(48, 'SETUPMAPPING', 'setupmapping', { argument: s.SETUPMAPPING_IN.SIZE }),
  operation(49, 'REMOVEMAPPING', 'removemapping', { argument: s.REMOVEMAPPING_IN.SIZE, payload: mappings }),
  operation(50, 'SYNCFS', 'syncfs', { argument: s.SYNCFS_IN.SIZE }),
  operation(51, 'TMPFILE', 'tmpfile', { argument: s.CREATE_IN.SIZE, names: ['any'] }),
  operation(52, 'STATX', 'statx', { argument: s.STATX_IN.SIZE }),
  operation(53, 'COPY_FILE_RANGE_64', 'copyFileRange64', { argument: s.COPY_FILE_RANGE_IN.SIZE }),
  /** Android only: the reply is a NUL-terminated path of the lower file, for inotify. */
  operation(2016, 'CANONICAL_PATH', 'canonicalPath'),
  operation(4096, 'CUSE_INIT', 'cuseInit', { argument: s.CUSE_INIT_IN.SIZE }),
] as const);

type AnyOperation = (typeof OPCODES)[number];
export type OpcodeName = AnyOperation['name'];
/** The keys of a file system's handlers. */
export type HandlerName = AnyOperation['handler'];

/** Opcode numbers by name: `OPCODE.LOOKUP` is 1. */
export const OPCODE = Object.freeze(
  Object.fromEntries(OPCODES.map((each) => [each.name, each.number])),
) as unknown as { readonly [Each in AnyOperation as Each['name']]: Each['number'] };

/** The place of every opcode that is not in the table. */
export const UNKNOWN_OPCODE_INDEX = 0;

/** How many places {@link opcodeIndex} has: one for each operation and one for the unknown. */
export const OPCODE_COUNT = OPCODES.length + 1;

const INDEX = Uint8Array.from(
  { length: 64 },
  (_, opcode) => OPCODES.findIndex((each) => each.number === opcode) + 1,
);
const CANONICAL_PATH_INDEX = OPCODES.findIndex((each) => each.number === 2016) + 1;
const CUSE_INIT_INDEX = OPCODES.findIndex((each) => each.number === 4096) + 1;

/**
 * A small dense number for any u32 opcode, for arrays of counters and handlers: 0 for an unknown one, otherwise its
 * place in {@link OPCODES} plus 1. New opcodes are added before the two large ones, so the numbers hold for one
 * build only: print names.
 */
export function opcodeIndex(opcode: number): number {
  if (opcode < INDEX.length) return INDEX[opcode] ?? UNKNOWN_OPCODE_INDEX;
  if (opcode === OPCODE.CANONICAL_PATH) return CANONICAL_PATH_INDEX;
  return opcode === OPCODE.CUSE_INIT ? CUSE_INIT_INDEX : UNKNOWN_OPCODE_INDEX;
}

/** The operation at a place given by {@link opcodeIndex}; undefined for the unknown. */
export function operationAt(index: number): AnyOperation | undefined {
  return OPCODES[index - 1];
}

/** The kernel's name without FUSE_, or `opcode 99` for one that is not in the table. */
export function opcodeName(opcode: number): string {
  return operationAt(opcodeIndex(opcode))?.name ?? `opcode ${String(opcode)}`;
}
