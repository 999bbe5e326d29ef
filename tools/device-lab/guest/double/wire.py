"""As much of the FUSE protocol as a file system of a few files needs: include/uapi/linux/fuse.h."""

import os
import struct

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE = 1, 2, 3, 4, 14, 15, 16
STATFS, RELEASE, FSYNC, FLUSH, INIT, ACCESS, CREATE = 17, 18, 20, 25, 26, 34, 35
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42
NAMES = {value: name for name, value in globals().items() if name.isupper() and isinstance(value, int)}
WITHOUT_REPLY = {FORGET, BATCH_FORGET, INTERRUPT}

BIG_WRITES, WRITEBACK_CACHE, INIT_EXT = 1 << 5, 1 << 16, 1 << 30
FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE = 1 << 0, 1 << 1
FATTR_SIZE = 1 << 3
VALID_SECONDS = 3600

IN_HEADER = struct.Struct('<IIQQIIIHH')
OUT_HEADER = struct.Struct('<IiQ')
INIT_IN = struct.Struct('<IIII')
INIT_OUT = struct.Struct('<IIIIHHIIHHI28x')
ATTR = struct.Struct('<QQQQQQIIIIIIIIII')
ENTRY_OUT = struct.Struct('<QQQQII')
ATTR_OUT = struct.Struct('<QII')
OPEN_OUT = struct.Struct('<QII')
READ_IN = struct.Struct('<QQI')
WRITE_IN = struct.Struct('<QQIIQII')
STATFS_OUT = struct.Struct('<QQQQQIII28x')
SETATTR_IN = struct.Struct('<IIQQ')
CREATE_IN = struct.Struct('<IIII')


def attributes(path):
    stat = os.stat(path)
    times = [stat.st_atime_ns, stat.st_mtime_ns, stat.st_ctime_ns]
    return ATTR.pack(stat.st_ino, stat.st_size, stat.st_blocks, *(time // 10**9 for time in times),
                     *(time % 10**9 for time in times), stat.st_mode, stat.st_nlink, stat.st_uid, stat.st_gid,
                     stat.st_rdev, stat.st_blksize, 0)


def attr_out(path):
    return ATTR_OUT.pack(VALID_SECONDS, 0, 0) + attributes(path)


def entry_out(nodeid, path):
    return ENTRY_OUT.pack(nodeid, 0, VALID_SECONDS, VALID_SECONDS, 0, 0) + attributes(path)


def init_out(major, minor, flags):
    """`flags`: the two words of INIT as one."""
    return INIT_OUT.pack(major, minor, 1 << 17, flags & 0xffffffff, 12, 9, 1 << 17, 1, 32, 0, flags >> 32)
