/**
 * One check per request, after which a handler may read its argument, names and data without looking at a length.
 *
 * The kernel is trusted to mean well, not to speak our version: a vendor's kernel may have other structures, and a
 * request read into the wrong place must not become a path. So everything that follows the header is counted out
 * against the request's length, from tables made of `OPCODES`, in typed arrays: no allocation, no exception.
 */
import { EXT_GROUPS, EXT_UNIT, NAME_BYTES_MAX, TARGET_BYTES_MAX } from './protocol.ts';
import { EXT_HEADER, IN_HEADER, SETXATTR_IN, SUPP_GROUPS } from './structs/index.ts';
import { OPCODE, OPCODE_COUNT, OPCODES, UNKNOWN_OPCODE_INDEX, opcodeIndex } from './opcodes.ts';
import type { NameRule } from './opcodes.ts';

const EIO = 5;
const EINVAL = 22;
const ENAMETOOLONG = 36;
const ENOSYS = 38;

const NO_NAME = 0;
const COMPONENT = 1;
const LOOKUP = 2;
const ANY = 3;
const TARGET = 4;
const RULE: Readonly<Record<NameRule, number>> = {
  component: COMPONENT,
  lookup: LOOKUP,
  any: ANY,
  xattr: ANY,
  target: TARGET,
};

const SLASH = 0x2f;
const DOT = 0x2e;
const NO_PAYLOAD = -1;

const ARGUMENT = new Uint16Array(OPCODE_COUNT);
const FIRST_NAME = new Uint8Array(OPCODE_COUNT);
const SECOND_NAME = new Uint8Array(OPCODE_COUNT);
const COUNT_WORD = new Int16Array(OPCODE_COUNT).fill(NO_PAYLOAD);
const UNIT = new Uint8Array(OPCODE_COUNT);

OPCODES.forEach(({ argument, nameRules, payload }, position) => {
  const index = position + 1;
  const [first, second] = nameRules as readonly NameRule[];
  ARGUMENT[index] = argument;
  FIRST_NAME[index] = first === undefined ? NO_NAME : RULE[first];
  SECOND_NAME[index] = second === undefined ? NO_NAME : RULE[second];
  if (payload !== undefined) {
    COUNT_WORD[index] = payload.at / 4;
    UNIT[index] = payload.unit;
  }
});

const SETXATTR_INDEX = opcodeIndex(OPCODE.SETXATTR);
const OPCODE_WORD = IN_HEADER.opcode / 4;
const EXTLEN_WORD = IN_HEADER.total_extlen / 4;

/**
 * Checks the request of `length` bytes at byte `at`, a multiple of 4. `u8` and `u32` are views of one buffer from the
 * same byte on, on a little-endian machine. `setxattrExt`: whether the session negotiated
 * SETXATTR_EXT, so that SETXATTR's argument is `SETXATTR_IN.SIZE` long and not `SETXATTR_IN_COMPAT_SIZE`.
 *
 * 0 if all is well: the header's length is `length`, the argument is there, every name ends inside the request and
 * obeys its {@link NameRule}, the data is as long as the argument says, extension blocks fill what `total_extlen`
 * claims, and behind names or data nothing is left over. An argument alone may be longer than the table says, as
 * newer kernels lengthen structures. Of a security context only the outer size is checked.
 *
 * Otherwise a negated errno, fit for the reply: -EIO lengths that contradict each other, -ENOSYS an unknown opcode,
 * -ENAMETOOLONG, -EINVAL a name that is empty, has a slash, or is `.` or `..` where it may not be. Whenever 40 bytes or
 * more were read, the header's `unique` can be answered with it.
 */
export function checkRequest(
  u8: Uint8Array,
  u32: Uint32Array,
  at: number,
  length: number,
  setxattrExt: boolean,
): number {
  if (!(length >= IN_HEADER.SIZE) || (at & 3) !== 0 || !(at >= 0) || !(at + length <= u8.length)) return -EIO;
  const word = at / 4;
  if (u32[word] !== length) return -EIO;
  const index = opcodeIndex(u32[word + OPCODE_WORD] ?? 0);
  if (index === UNKNOWN_OPCODE_INDEX) return -ENOSYS;

  const extensionBytes = ((u32[word + EXTLEN_WORD] ?? 0) & 0xffff) * EXT_UNIT;
  const end = at + length - extensionBytes;
  const argumentAt = at + IN_HEADER.SIZE;
  let cursor =
    argumentAt + (index === SETXATTR_INDEX && setxattrExt ? SETXATTR_IN.SIZE : (ARGUMENT[index] ?? 0));
  if (cursor > end) return -EIO;

  const first = FIRST_NAME[index] ?? NO_NAME;
  const countWord = COUNT_WORD[index] ?? NO_PAYLOAD;
  if (first !== NO_NAME) {
    cursor = nameEnd(u8, cursor, end, first);
    if (cursor < 0) return cursor;
    const second = SECOND_NAME[index] ?? NO_NAME;
    if (second !== NO_NAME) {
      cursor = nameEnd(u8, cursor, end, second);
      if (cursor < 0) return cursor;
    }
  }
  if (countWord !== NO_PAYLOAD) {
    cursor += (u32[argumentAt / 4 + countWord] ?? 0) * (UNIT[index] ?? 0);
  }
  if (cursor !== end && (first !== NO_NAME || countWord !== NO_PAYLOAD)) return -EIO;
  return extensionBytes === 0 || extensionsFill(u8, end, at + length) ? 0 : -EIO;
}

/** The byte after the NUL of the name at `from`, or a negated errno. Reads nothing at or behind `end`. */
function nameEnd(u8: Uint8Array, from: number, end: number, rule: number): number {
  const bytesMax = rule === TARGET ? TARGET_BYTES_MAX : NAME_BYTES_MAX;
  const noSlash = rule <= LOOKUP;
  const stop = Math.min(end, from + bytesMax + 1);
  let i = from;
  for (; i < stop; i += 1) {
    const byte = u8[i];
    if (byte === 0) break;
    if (byte === SLASH && noSlash) return -EINVAL;
  }
  const bytes = i - from;
  if (bytes > bytesMax) return -ENAMETOOLONG;
  if (i === end) return -EIO;
  if (bytes === 0) return -EINVAL;
  if (rule === COMPONENT && u8[from] === DOT && (bytes === 1 || (bytes === 2 && u8[from + 1] === DOT)))
    return -EINVAL;
  return i + 1;
}

/** Whether whole extension blocks fill the bytes from `from` to `end`. They are not aligned: names came before them. */
function extensionsFill(u8: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    if (end - at < EXT_HEADER.SIZE) return false;
    const size = u32At(u8, at + EXT_HEADER.size);
    if (size < EXT_HEADER.SIZE || size % EXT_UNIT !== 0 || size > end - at) return false;
    if (u32At(u8, at + EXT_HEADER.type) === EXT_GROUPS) {
      const groups = size - EXT_HEADER.SIZE - SUPP_GROUPS.groups;
      if (groups < 0 || u32At(u8, at + EXT_HEADER.SIZE + SUPP_GROUPS.nr_groups) * 4 > groups) return false;
    }
    at += size;
  }
  return true;
}

function u32At(u8: Uint8Array, at: number): number {
  return (
    ((u8[at] ?? 0) | ((u8[at + 1] ?? 0) << 8) | ((u8[at + 2] ?? 0) << 16) | ((u8[at + 3] ?? 0) << 24)) >>> 0
  );
}
