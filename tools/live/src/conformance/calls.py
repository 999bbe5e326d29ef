"""System calls by their C names: `call("mkdir", "x", 0o755)`.

Names, not functions, so that a table of cases can be read as data and a failure can say what was called. Arguments are
integers, names (str or bytes), or any ctypes value; None is NULL. A failed call is an OSError.
"""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)

AT_FDCWD = -100
AT_SYMLINK_NOFOLLOW = 0x100
AT_REMOVEDIR = AT_EACCESS = 0x200
AT_SYMLINK_FOLLOW = 0x400
AT_EMPTY_PATH = 0x1000
AT_STATX_FORCE_SYNC = 0x2000
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
RENAME_WHITEOUT = 4
FALLOC_KEEP_SIZE = 1
FALLOC_PUNCH_HOLE = 2
FALLOC_COLLAPSE_RANGE = 8
FALLOC_ZERO_RANGE = 16
FALLOC_INSERT_RANGE = 32
UTIME_NOW = (1 << 30) - 1
UTIME_OMIT = (1 << 30) - 2
FS_IOC_GETFLAGS = 0x80086601
FS_IOC_SETFLAGS = 0x40086602
FS_APPEND_FL = 0x20
FS_IMMUTABLE_FL = 0x10
CLONE_NEWNS = 0x20000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND = 1, 2, 4, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18

# An address that no process has mapped.
BAD = ctypes.c_void_p(1)

WIDE = ("lseek", "read", "write", "pread", "pwrite", "readlink", "getxattr", "lgetxattr", "listxattr", "llistxattr",
        "copy_file_range", "sendfile", "splice", "tee", "telldir", "getdents64")
for name in WIDE:
    getattr(libc, name).restype = ctypes.c_long
libc.opendir.restype = ctypes.c_void_p
libc.readdir.restype = ctypes.c_void_p
# Reports by its result, not by errno (posix_fallocate(3)).
BY_RESULT = ("posix_fallocate",)


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def converted(argument):
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    if isinstance(argument, (str, bytes)):
        return ctypes.c_char_p(os.fsencode(argument))
    return argument


def call(name, *arguments):
    """The result; for `open`, the file is closed again."""
    ctypes.set_errno(0)
    result = getattr(libc, name)(*[converted(each) for each in arguments])
    number = ctypes.get_errno() if result == -1 else result if name in BY_RESULT else 0
    if number:
        raise OSError(number, os.strerror(number))
    if name in ("open", "openat", "creat"):
        os.close(result)
        return 0
    return result


def times(*pairs):
    """The two timespecs of utimensat: (seconds, nanoseconds) each."""
    return (Timespec * 2)(*[Timespec(*pair) for pair in pairs])


def get_flags(path):
    """The FS_*_FL flags of a file or directory (ioctl_iflags(2))."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        flags = ctypes.c_long(0)
        call("ioctl", fd, FS_IOC_GETFLAGS, ctypes.byref(flags))
        return flags.value & 0xFFFFFFFF
    finally:
        os.close(fd)


def set_flags(path, flags):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        call("ioctl", fd, FS_IOC_SETFLAGS, ctypes.byref(ctypes.c_long(flags)))
    finally:
        os.close(fd)
