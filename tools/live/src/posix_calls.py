"""System calls that os lacks, identities of callers, and results in a form that two runs can be compared by.

Whatever may rightly differ between a mount and the bare tree is left out here, once and for all: inode and device
numbers, ctime and atime, st_blocks (delayed allocation), and times that mean "now".
"""
import ctypes
import errno
import hashlib
import os
import stat

libc = ctypes.CDLL(None, use_errno=True)

AT_FDCWD = -100
AT_SYMLINK_NOFOLLOW = 0x100
AT_SYMLINK_FOLLOW = 0x400
AT_EMPTY_PATH = 0x1000
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
O_TMPFILE = os.O_TMPFILE

# Held open: a chroot has no /proc.
OWN_DESCRIPTORS = os.open("/proc/self/fd", os.O_PATH)

# Times that tests set lie before 2020 or after 2040: in between it is the clock's doing.
YEAR_2020 = 1_577_836_800
YEAR_2040 = 2_208_988_800


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class Dirent(ctypes.Structure):
    """struct dirent of glibc on 64-bit machines (readdir(3))."""

    _fields_ = [
        ("ino", ctypes.c_uint64),
        ("off", ctypes.c_int64),
        ("reclen", ctypes.c_uint16),
        ("type", ctypes.c_uint8),
        ("name", ctypes.c_char * 256),
    ]


libc.opendir.restype = ctypes.c_void_p
libc.opendir.argtypes = [ctypes.c_char_p]
libc.readdir.restype = ctypes.POINTER(Dirent)
libc.readdir.argtypes = [ctypes.c_void_p]
libc.telldir.restype = ctypes.c_long
libc.telldir.argtypes = [ctypes.c_void_p]
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
libc.rewinddir.argtypes = [ctypes.c_void_p]
libc.closedir.argtypes = [ctypes.c_void_p]
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


def checked(result):
    """A libc call's result; its errno as OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def renameat2(source, target, flags):
    checked(libc.renameat2(AT_FDCWD, source, AT_FDCWD, target, flags))


def linkat(source_fd, source, target, flags):
    checked(libc.linkat(source_fd, source, AT_FDCWD, target, flags))


def link_open_file(fd, target):
    """Names a file that has none (open(2), O_TMPFILE)."""
    linkat(OWN_DESCRIPTORS, b"%d" % fd, target, AT_SYMLINK_FOLLOW)


def fallocate(fd, mode, offset, length):
    checked(libc.fallocate(fd, mode, offset, length))


def utimensat(path, times, flags=0):
    """`times`: two (seconds, nanoseconds); nanoseconds may be UTIME_NOW or UTIME_OMIT."""
    record = (Timespec * 2)(*[Timespec(*pair) for pair in times])
    checked(libc.utimensat(AT_FDCWD, path, record, flags))


def futimens(fd, times):
    record = (Timespec * 2)(*[Timespec(*pair) for pair in times])
    checked(libc.futimens(fd, record))


class DirectoryStream:
    """opendir(3) and its family, with telldir and seekdir."""

    def __init__(self, path):
        self.stream = libc.opendir(path)
        if not self.stream:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def next(self):
        """The next entry's (name, type), or None at the end."""
        ctypes.set_errno(0)
        entry = libc.readdir(self.stream)
        if not entry:
            if ctypes.get_errno():
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            return None
        return entry.contents.name, entry.contents.type

    def rest(self):
        names = []
        while (entry := self.next()) is not None:
            names.append(entry)
        return names

    def tell(self):
        return libc.telldir(self.stream)

    def seek(self, cookie):
        libc.seekdir(self.stream, cookie)

    def rewind(self):
        libc.rewinddir(self.stream)

    def close(self):
        libc.closedir(self.stream)


# uid, gid, supplementary groups. The shared group 20001 owns set-gid directories.
IDENTITIES = [(0, 0, []), (10001, 10001, [20001]), (10002, 10002, [20001, 20002])]


def become(identity):
    """Takes an identity on; the saved uid stays 0, so that another one can follow."""
    uid, gid, groups = IDENTITIES[identity]
    os.setresuid(0, 0, 0)
    os.setgroups(groups)
    os.setresgid(gid, gid, 0)
    os.setresuid(uid, uid, 0)


def as_root(call, *arguments):
    """A call by the process's saved identity, whoever it is at the moment."""
    uid = os.geteuid()
    os.seteuid(0)
    try:
        return call(*arguments)
    finally:
        os.seteuid(uid)


def text(value):
    """Anything as JSON can hold it: names as escaped text, data as length and digest."""
    if isinstance(value, bytes):
        if len(value) <= 64:
            return value.decode("ascii", "backslashreplace")
        return "%d bytes %s" % (len(value), hashlib.sha256(value).hexdigest()[:16])
    if isinstance(value, (list, tuple)):
        return [text(each) for each in value]
    return value


def when(nanoseconds):
    seconds = nanoseconds / 1e9
    return "now" if YEAR_2020 <= seconds < YEAR_2040 else nanoseconds


def known_mode(st):
    """The mode but for S_ISGID without S_IXGRP: who may write and keep it hangs on groups the daemon is not told of."""
    locking = stat.S_ISREG(st.st_mode) and st.st_mode & (stat.S_ISGID | stat.S_IXGRP) == stat.S_ISGID
    return st.st_mode & ~stat.S_ISGID if locking else st.st_mode


def described(st):
    """What a stat must agree on."""
    kind = stat.S_IFMT(st.st_mode)
    facts = ["%o" % known_mode(st), st.st_nlink, st.st_uid, st.st_gid, st.st_size, when(st.st_mtime_ns), st.st_blksize]
    return facts + [st.st_rdev] if kind in (stat.S_IFCHR, stat.S_IFBLK) else facts


def outcome(call, *arguments):
    """The result of a call, or the name of its errno."""
    try:
        return text(call(*arguments))
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
