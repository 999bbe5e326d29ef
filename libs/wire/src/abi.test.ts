/**
 * The tables against a C compiler: a program made from them prints what `<linux/fuse.h>` says, and a name that the
 * header does not know fails to compile. What is newer than the installed header is left out of the program by its
 * version; for it there are literals, here and in `structs/literals.fixture.ts`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NEWER_VALUES, OLDEST_MINOR, SINCE } from './abi.fixture.ts';
import * as flags from './flags/index.ts';
import { DEV_IOC } from './ioctls.ts';
import { OPCODES } from './opcodes.ts';
import * as protocol from './protocol.ts';
import { structFields } from './struct.ts';
import type { Layout } from './struct.ts';
import * as structs from './structs/index.ts';
import { LITERALS } from './structs/literals.fixture.ts';

const HEADER = '/usr/include/linux/fuse.h';

/** Layouts of Android's own that no mainline header has. */
const ANDROID = ['PASSTHROUGH_OUT', 'PASSTHROUGH_UNIQUE_OUT', 'ENTRY_BPF_OUT'];

const layouts = Object.entries<unknown>(structs).filter(
  (each): each is [string, Layout<never>] => typeof each[1] === 'object' && !ANDROID.includes(each[0]),
);

/** What is asked of the compiler: the size of each structure (no field), the place and size of each field. */
const places = layouts.flatMap(([name, layout]) => {
  const type = `struct ${name.startsWith('CUSE_') ? '' : 'fuse_'}${name.toLowerCase()}`;
  return [
    { key: `${name}.SIZE`, name, type, field: undefined, ours: String(layout.SIZE) },
    ...structFields(layout).map(({ name: field, offset, size }) => ({
      key: `${name}.${field}`,
      name,
      type,
      field: { field, flexible: size === 0 },
      ours: `${String(offset)} ${String(size)}`,
    })),
  ];
});

/** Our values by their C names. */
const values: Readonly<Record<string, number>> = {
  ...prefixed('FUSE_', flags.INIT_FLAGS),
  ...prefixed(
    'FUSE_',
    Object.fromEntries(Object.entries(flags.INIT_FLAGS2).map(([name, flag]) => [name, flag * 2 ** 32])),
  ),
  ...prefixed('CUSE_', flags.CUSE_INIT_FLAGS),
  ...prefixed('FOPEN_', flags.FOPEN),
  ...prefixed('FUSE_OPEN_', flags.OPEN_FLAGS),
  ...prefixed('FATTR_', flags.FATTR),
  ...prefixed('FUSE_ATTR_', flags.ATTR_FLAGS),
  ...prefixed('FUSE_GETATTR_', flags.GETATTR_FLAGS),
  ...prefixed('FUSE_RELEASE_', flags.RELEASE_FLAGS),
  ...prefixed('FUSE_READ_', flags.READ_FLAGS),
  ...prefixed('FUSE_WRITE_', flags.WRITE_FLAGS),
  ...prefixed('FUSE_FSYNC_', flags.FSYNC_FLAGS),
  ...prefixed('FUSE_IOCTL_', flags.IOCTL_FLAGS),
  ...prefixed('FUSE_POLL_', flags.POLL_FLAGS),
  ...prefixed('FUSE_LK_', flags.LK_FLAGS),
  ...prefixed('FUSE_SETXATTR_', flags.SETXATTR_FLAGS),
  ...prefixed('FUSE_SETUPMAPPING_FLAG_', flags.SETUPMAPPING_FLAGS),
  ...prefixed('', flags.ACCESS_MASK),
  ...prefixed('STATX_', flags.STATX_MASK),
  ...prefixed('AT_STATX_', flags.STATX_SYNC),
  ...prefixed('FUSE_NOTIFY_', flags.NOTIFY),
  ...prefixed('FUSE_', flags.INVAL_ENTRY_FLAGS),
  ...prefixed('FUSE_DEV_IOC_', DEV_IOC),
  ...Object.fromEntries(
    OPCODES.filter((each) => each.name !== 'CANONICAL_PATH').map((each) => [
      each.name === 'CUSE_INIT' ? each.name : `FUSE_${each.name}`,
      each.number,
    ]),
  ),
  FUSE_ROOT_ID: protocol.ROOT_ID,
  FUSE_KERNEL_VERSION: protocol.KERNEL_VERSION,
  FUSE_MIN_READ_BUFFER: protocol.MIN_READ_BUFFER,
  FUSE_INVALID_UIDGID: protocol.INVALID_UIDGID,
  FUSE_IOCTL_MAX_IOV: protocol.IOCTL_MAX_IOV,
  FUSE_MAX_NR_SECCTX: protocol.MAX_NR_SECCTX,
  FUSE_EXT_GROUPS: protocol.EXT_GROUPS,
  CUSE_INIT_INFO_MAX: protocol.CUSE_INIT_INFO_MAX,
  NAME_MAX: protocol.NAME_BYTES_MAX,
  XATTR_NAME_MAX: protocol.NAME_BYTES_MAX,
  'PATH_MAX - 1': protocol.TARGET_BYTES_MAX,
  FUSE_IO_URING_CMD_REGISTER: protocol.URING_CMD.REGISTER,
  FUSE_IO_URING_CMD_COMMIT_AND_FETCH: protocol.URING_CMD.COMMIT_AND_FETCH,
  FUSE_URING_IN_OUT_HEADER_SZ: structs.URING_IN_OUT_HEADER_SZ,
  FUSE_URING_OP_IN_OUT_SZ: structs.URING_OP_IN_OUT_SZ,
  FUSE_COMPAT_INIT_OUT_SIZE: structs.INIT_OUT_COMPAT_SIZE,
  FUSE_COMPAT_22_INIT_OUT_SIZE: structs.INIT_OUT_COMPAT_22_SIZE,
};

function prefixed(prefix: string, set: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [prefix + name, value]));
}

function since(key: string): number | string {
  return SINCE[key] ?? SINCE[key.split('.')[0] ?? ''] ?? OLDEST_MINOR;
}

function guarded(key: string, statement: string): string {
  const from = since(key);
  const condition =
    typeof from === 'string' ? `defined(${from})` : `FUSE_KERNEL_MINOR_VERSION >= ${String(from)}`;
  return `#if ${condition}\n${statement}\n#endif`;
}

function program(): string {
  const statements = [
    ...places.map(({ key, type, field }) => {
      if (field === undefined) return guarded(key, `printf("${key}=%zu\\n", sizeof(${type}));`);
      const size = field.flexible ? '(size_t)0' : `sizeof(((${type} *)0)->${field.field})`;
      return guarded(key, `printf("${key}=%zu %zu\\n", offsetof(${type}, ${field.field}), ${size});`);
    }),
    // A flag at bit 31 is a negative int in C: only its own 32 bits count.
    ...Object.keys(values).map((name) =>
      guarded(
        name,
        `printf("${name}=%llu\\n", sizeof(${name}) == 4 ? (unsigned long long)(unsigned)(${name}) : (unsigned long long)(${name}));`,
      ),
    ),
  ];
  return `#include <limits.h>
#include <linux/fcntl.h>
#include <linux/fuse.h>
#include <linux/ioctl.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
${statements.join('\n')}
return 0;
}
`;
}

function compileAndRun(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-wire-'));
  try {
    writeFileSync(join(folder, 'abi.c'), program());
    execFileSync('cc', ['-Wall', '-o', join(folder, 'abi'), join(folder, 'abi.c')]);
    const output = execFileSync(join(folder, 'abi'), { encoding: 'utf8' });
    return new Map(
      output
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function missingCapability(): string | undefined {
  if (spawnSync('cc', ['--version']).status !== 0) return 'a C compiler called cc';
  return existsSync(HEADER) ? undefined : HEADER;
}

describe('the values newer than protocol 7.38', () => {
  for (const [name, value] of Object.entries(NEWER_VALUES)) {
    it(`have ${name} as ${String(value)}`, () => {
      expect(values[name]).toBe(value);
    });
  }
});

const missing = missingCapability();

describe.skipIf(missing !== undefined)(
  `the tables beside a C compiler${missing === undefined ? '' : ` (skipped: needs ${missing})`}`,
  () => {
    const header = missing === undefined ? readFileSync(HEADER, 'utf8') : '';
    const minor = Number(/FUSE_KERNEL_MINOR_VERSION (\d+)/.exec(header)?.[1] ?? 0);
    const inHeader = (key: string) => {
      const from = since(key);
      return typeof from === 'string' ? header.includes(`#define ${from}`) : minor >= from;
    };
    const answers = missing === undefined ? compileAndRun() : new Map<string, string>();
    const version = `linux/fuse.h 7.${String(minor)}`;
    const newer = places.filter((each) => !inHeader(each.key));
    const wholes = new Set(newer.filter((each) => each.field === undefined).map((each) => each.name));
    const newerNames = [...wholes, ...newer.filter((each) => !wholes.has(each.name)).map((each) => each.key)];
    const newerValues = Object.keys(values).filter((name) => !inHeader(name));

    it(`agree with ${version} on the size of every structure and the place and size of every field it has`, () => {
      const known = places.filter((each) => inHeader(each.key));
      expect(known.length).toBeGreaterThan(250);
      expect(Object.fromEntries(known.map((each) => [each.key, answers.get(each.key)]))).toEqual(
        Object.fromEntries(known.map((each) => [each.key, each.ours])),
      );
    });

    it(`agree with ${version} on every opcode, flag, notify code and limit it has`, () => {
      const known = Object.entries(values).filter(([name]) => inHeader(name));
      expect(known.length).toBeGreaterThan(130);
      expect(Object.fromEntries(known.map(([name]) => [name, answers.get(name)]))).toEqual(
        Object.fromEntries(known.map(([name, value]) => [name, String(value)])),
      );
    });

    it(`leave to byte literals what ${version} has not: ${newerNames.join(', ')}`, () => {
      const literals = new Set(
        LITERALS.flatMap(({ name, lines }) => [`${name}.SIZE`, ...lines.map((l) => `${name}.${l[0]}`)]),
      );
      expect(newer.map((each) => each.key).filter((key) => !literals.has(key))).toEqual([]);
    });

    it(`leave to literal numbers what ${version} has not: ${newerValues.join(', ')}`, () => {
      expect(newerValues.filter((name) => NEWER_VALUES[name] === undefined)).toEqual([]);
    });
  },
);
