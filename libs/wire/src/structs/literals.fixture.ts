/**
 * Structures as bytes, written down by hand from the kernel header, one line a field: the judge of the offset tables
 * that needs no C compiler, and the only one for what is newer than the installed header.
 *
 * A line is a field's name, its bytes as they lie in memory (little-endian) and the value they mean. A field without
 * a value is a nested structure's first line, an array or a run of bytes: only its place is compared.
 */
export type Line = readonly [field: string, hex: string, value?: number | bigint];

export interface Literal {
  /** Name of the layout. */
  readonly name: string;
  readonly lines: readonly Line[];
}

const zeroes = (count: number) => '00 '.repeat(count).trim();

const attr: readonly Line[] = [
  ['ino', '01 00 00 00 00 00 00 a0', 0xa000000000000001n],
  ['size', '02 00 00 00 01 00 00 00', 0x100000002n],
  ['blocks', '03 00 00 00 00 00 00 00', 3n],
  ['atime', '04 00 00 00 00 00 00 00', 4n],
  ['mtime', '05 00 00 00 00 00 00 00', 5n],
  ['ctime', '06 00 00 00 00 00 00 00', 6n],
  ['atimensec', '07 00 00 00', 7],
  ['mtimensec', '08 00 00 00', 8],
  ['ctimensec', 'ff c9 9a 3b', 999_999_999],
  ['mode', 'a4 81 00 00', 0o100644],
  ['nlink', '0b 00 00 00', 11],
  ['uid', 'f8 2a 00 00', 11_000],
  ['gid', 'ff 03 00 00', 1023],
  ['rdev', '0e 00 00 00', 14],
  ['blksize', '00 10 00 00', 4096],
  ['flags', '02 00 00 00', 2],
];
const hex = (lines: readonly Line[]) => lines.map((line) => line[1]).join(' ');

const dirent: readonly Line[] = [
  ['ino', '2a 00 00 00 00 00 00 00', 42n],
  ['off', 'ff ff ff ff ff ff ff 7f', 0x7fffffffffffffffn],
  ['namelen', '03 00 00 00', 3],
  ['type', '08 00 00 00', 8],
  ['name', ''],
];

const entry: readonly Line[] = [
  ['nodeid', '02 00 00 00 01 00 00 00', 0x100000002n],
  ['generation', '07 00 00 00 00 00 00 00', 7n],
  ['entry_valid', '3c 00 00 00 00 00 00 00', 60n],
  ['attr_valid', '3d 00 00 00 00 00 00 00', 61n],
  ['entry_valid_nsec', '05 00 00 00', 5],
  ['attr_valid_nsec', '06 00 00 00', 6],
  ['attr', hex(attr)],
];

const time = (seconds: string) => `${seconds} ff ff ff ff ff ff ff 01 00 00 00 00 00 00 00`;
const statx: readonly Line[] = [
  ['mask', 'ff 0f 00 00', 0xfff],
  ['blksize', '00 10 00 00', 4096],
  ['attributes', '00 00 10 00 00 00 00 00', 0x100000n],
  ['nlink', '01 00 00 00', 1],
  ['uid', 'e8 03 00 00', 1000],
  ['gid', 'e9 03 00 00', 1001],
  ['mode', 'a4 81', 0o100644],
  ['__spare0', '00 00'],
  ['ino', '0a 00 00 00 00 00 00 00', 10n],
  ['size', '0b 00 00 00 00 00 00 00', 11n],
  ['blocks', '0c 00 00 00 00 00 00 00', 12n],
  ['attributes_mask', '0d 00 00 00 00 00 00 00', 13n],
  ['atime', time('f1')],
  ['btime', time('f2')],
  ['ctime', time('f3')],
  ['mtime', time('f4')],
  ['rdev_major', '08 00 00 00', 8],
  ['rdev_minor', '09 00 00 00', 9],
  ['dev_major', '0e 00 00 00', 14],
  ['dev_minor', '0f 00 00 00', 15],
  ['__spare2', zeroes(112)],
];

const uringEntry: readonly Line[] = [
  ['flags', '01 00 00 00 00 00 00 00', 1n],
  ['commit_id', '02 00 00 00 00 00 00 00', 2n],
  ['payload_sz', '03 00 00 00', 3],
  ['padding', '04 00 00 00', 4],
  ['reserved', '05 00 00 00 00 00 00 00', 5n],
];

export const LITERALS: readonly Literal[] = [
  {
    name: 'IN_HEADER',
    lines: [
      ['len', '2c 00 00 00', 44],
      ['opcode', '01 00 00 00', 1],
      ['unique', '02 00 00 00 00 00 00 80', 0x8000000000000002n],
      ['nodeid', '03 00 00 00 00 00 00 00', 3n],
      ['uid', 'f8 2a 00 00', 11_000],
      ['gid', 'f9 2a 00 00', 11_001],
      ['pid', '39 30 00 00', 12_345],
      ['total_extlen', '02 00', 2],
      ['padding', '00 00', 0],
    ],
  },
  {
    name: 'OUT_HEADER',
    lines: [
      ['len', '10 00 00 00', 16],
      ['error', 'fe ff ff ff', -2],
      ['unique', '02 00 00 00 00 00 00 00', 2n],
    ],
  },
  { name: 'ATTR', lines: attr },
  { name: 'ENTRY_OUT', lines: entry },
  {
    name: 'ATTR_OUT',
    lines: [
      ['attr_valid', '01 00 00 00 00 00 00 00', 1n],
      ['attr_valid_nsec', '02 00 00 00', 2],
      ['dummy', '00 00 00 00', 0],
      ['attr', hex(attr)],
    ],
  },
  {
    name: 'SETATTR_IN',
    lines: [
      ['valid', '08 00 00 00', 8],
      ['padding', '00 00 00 00', 0],
      ['fh', '01 00 00 00 00 00 00 00', 1n],
      ['size', '02 00 00 00 00 00 00 00', 2n],
      ['lock_owner', '03 00 00 00 00 00 00 00', 3n],
      ['atime', '04 00 00 00 00 00 00 00', 4n],
      ['mtime', '05 00 00 00 00 00 00 00', 5n],
      ['ctime', '06 00 00 00 00 00 00 00', 6n],
      ['atimensec', '07 00 00 00', 7],
      ['mtimensec', '08 00 00 00', 8],
      ['ctimensec', '09 00 00 00', 9],
      ['mode', '0a 00 00 00', 10],
      ['unused4', '00 00 00 00', 0],
      ['uid', '0c 00 00 00', 12],
      ['gid', '0d 00 00 00', 13],
      ['unused5', '00 00 00 00', 0],
    ],
  },
  {
    name: 'OPEN_OUT',
    lines: [
      ['fh', '88 77 66 55 44 33 22 11', 0x1122334455667788n],
      ['open_flags', '81 00 00 00', 0x81],
      ['backing_id', 'ff ff ff ff', -1],
    ],
  },
  {
    name: 'WRITE_IN',
    lines: [
      ['fh', '01 00 00 00 00 00 00 00', 1n],
      ['offset', '00 00 00 00 02 00 00 00', 0x200000000n],
      ['size', '00 00 10 00', 1_048_576],
      ['write_flags', '04 00 00 00', 4],
      ['lock_owner', '05 00 00 00 00 00 00 00', 5n],
      ['flags', '02 80 00 00', 0x8002],
      ['padding', '00 00 00 00', 0],
    ],
  },
  {
    name: 'INIT_IN',
    lines: [
      ['major', '07 00 00 00', 7],
      ['minor', '2d 00 00 00', 45],
      ['max_readahead', '00 00 02 00', 131_072],
      ['flags', 'fb ff ff 73', 0x73fffffb],
      ['flags2', 'fd 07 00 00', 0x7fd],
      ['unused', zeroes(44)],
    ],
  },
  {
    name: 'INIT_OUT',
    lines: [
      ['major', '07 00 00 00', 7],
      ['minor', '2d 00 00 00', 45],
      ['max_readahead', '00 00 02 00', 131_072],
      ['flags', '00 00 40 40', 0x40400000],
      ['max_background', '40 00', 64],
      ['congestion_threshold', '30 00', 48],
      ['max_write', '00 00 10 00', 1_048_576],
      ['time_gran', '01 00 00 00', 1],
      ['max_pages', '00 01', 256],
      ['map_alignment', '0c 00', 12],
      ['flags2', '20 00 00 00', 0x20],
      ['max_stack_depth', '01 00 00 00', 1],
      ['request_timeout', '1e 00', 30],
      ['unused', zeroes(22)],
    ],
  },
  {
    name: 'SX_TIME',
    lines: [
      ['tv_sec', 'fe ff ff ff ff ff ff ff', -2n],
      ['tv_nsec', '09 00 00 00', 9],
      ['__reserved', 'ff ff ff ff', -1],
    ],
  },
  { name: 'STATX', lines: statx },
  {
    name: 'STATX_IN',
    lines: [
      ['getattr_flags', '01 00 00 00', 1],
      ['reserved', '00 00 00 00', 0],
      ['fh', '03 00 00 00 00 00 00 00', 3n],
      ['sx_flags', '00 20 00 00', 0x2000],
      ['sx_mask', 'ff 07 00 00', 0x7ff],
    ],
  },
  {
    name: 'STATX_OUT',
    lines: [
      ['attr_valid', '01 00 00 00 00 00 00 00', 1n],
      ['attr_valid_nsec', '02 00 00 00', 2],
      ['flags', '03 00 00 00', 3],
      ['spare', zeroes(16)],
      ['stat', hex(statx)],
    ],
  },
  { name: 'DIRENT', lines: dirent },
  {
    name: 'DIRENTPLUS',
    lines: [
      ['entry_out', hex(entry)],
      ['dirent', hex(dirent)],
    ],
  },
  { name: 'COPY_FILE_RANGE_OUT', lines: [['bytes_copied', '00 00 00 00 01 00 00 00', 0x100000000n]] },
  {
    name: 'NOTIFY_INVAL_ENTRY_OUT',
    lines: [
      ['parent', '01 00 00 00 00 00 00 00', 1n],
      ['namelen', '05 00 00 00', 5],
      ['flags', '01 00 00 00', 1],
    ],
  },
  {
    name: 'NOTIFY_PRUNE_OUT',
    lines: [
      ['count', '02 00 00 00', 2],
      ['padding', '00 00 00 00', 0],
      ['spare', '03 00 00 00 00 00 00 00', 3n],
    ],
  },
  {
    name: 'BACKING_MAP',
    lines: [
      ['fd', 'ff ff ff ff', -1],
      ['flags', '00 00 00 00', 0],
      ['padding', '00 00 00 00 00 00 00 00', 0n],
    ],
  },
  {
    name: 'EXT_HEADER',
    lines: [
      ['size', '10 00 00 00', 16],
      ['type', '20 00 00 00', 32],
    ],
  },
  {
    name: 'SUPP_GROUPS',
    lines: [
      ['nr_groups', '01 00 00 00', 1],
      ['groups', ''],
    ],
  },
  { name: 'URING_ENT_IN_OUT', lines: uringEntry },
  {
    name: 'URING_REQ_HEADER',
    lines: [
      ['in_out', zeroes(128)],
      ['op_in', zeroes(128)],
      ['ring_ent_in_out', hex(uringEntry)],
    ],
  },
  {
    name: 'URING_CMD_REQ',
    lines: [
      ['flags', '01 00 00 00 00 00 00 00', 1n],
      ['commit_id', '02 00 00 00 00 00 00 00', 2n],
      ['qid', '03 00', 3],
      ['padding', zeroes(6)],
    ],
  },
  {
    name: 'PASSTHROUGH_OUT',
    lines: [
      ['fd', '05 00 00 00', 5],
      ['len', '00 00 00 00', 0],
      ['vec', '00 00 00 00 00 00 00 00', 0n],
    ],
  },
  {
    name: 'PASSTHROUGH_UNIQUE_OUT',
    lines: [
      ['unique', '02 00 00 00 00 00 00 00', 2n],
      ['fd', '05 00 00 00', 5],
      ['len', '00 00 00 00', 0],
      ['vec', '00 00 00 00 00 00 00 00', 0n],
    ],
  },
  {
    name: 'ENTRY_BPF_OUT',
    lines: [
      ['backing_action', '02 00 00 00 00 00 00 00', 2n],
      ['backing_fd', '05 00 00 00 00 00 00 00', 5n],
      ['bpf_action', '01 00 00 00 00 00 00 00', 1n],
      ['bpf_fd', '06 00 00 00 00 00 00 00', 6n],
    ],
  },
];
