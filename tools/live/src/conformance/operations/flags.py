"""Immutable and append-only objects (chattr(1), FS_IOC_SETFLAGS in ioctl_iflags(2)): EPERM for everybody, root as well."""
import ctypes
import os

from calls import (AT_FDCWD, FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FS_APPEND_FL, FS_IMMUTABLE_FL, FS_IOC_GETFLAGS,
                   FS_IOC_SETFLAGS, RENAME_EXCHANGE, get_flags, set_flags, times)
from differences import Tree
from harness import OTHER, OWNER, ROOT, about, absent, acting, case, comes, fails, gives, has, holds, make, works

IMMUTABLE, APPEND = FS_IMMUTABLE_FL, FS_APPEND_FL
NODUMP, NOATIME, SYNC = 0x40, 0x80, 0x8
FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR = 0x801C581F, 0x401C5820
OWN = IMMUTABLE | APPEND | NODUMP | NOATIME | SYNC


class flagged:
    """Flags on an object while the block runs; taken away even if it ends badly."""

    def __init__(self, path, flags):
        self.path, self.flags = path, flags

    def __enter__(self):
        self.before = get_flags(self.path)
        works(set_flags, self.path, self.before | self.flags, what="setting flags %#x" % self.flags)
        return self.path

    def __exit__(self, *_):
        lower = self.path if self.path.startswith("/") else os.path.join(Tree.lower, self.path)
        if os.path.lexists(lower):
            set_flags(lower, self.before)


@case
def come_back_as_set():
    for kind, choices in (("file", (IMMUTABLE, APPEND, NODUMP, NOATIME, SYNC)),
                          ("directory", (IMMUTABLE, APPEND, NODUMP, NOATIME))):
        for flags in choices:
            name = make(kind)
            with flagged(name, flags):
                holds(flags, get_flags(name) & OWN, "the flags of a " + kind)
            holds(0, get_flags(name) & OWN, "the flags taken away")


@case
def are_seen_from_both_sides():
    for kind in ("file", "directory"):
        name = make(kind)
        lower = os.path.join(Tree.lower, name)
        with flagged(name, IMMUTABLE):
            holds(IMMUTABLE, get_flags(lower) & OWN, "the flag in the lower tree")
        with flagged(lower, IMMUTABLE):
            holds(IMMUTABLE, get_flags(name) & OWN, "a flag set in the lower tree")
            fails("EPERM", "chmod", name, 0)


@case
def the_other_call_tells_the_same():
    """FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR name the same flags differently."""
    for kind in ("file", "directory"):
        name = make(kind)
        fd = os.open(name, os.O_RDONLY)
        for flag, other in ((IMMUTABLE, 0x8), (APPEND, 0x10), (NODUMP, 0x80), (NOATIME, 0x40)):
            with flagged(name, flag):
                record = (ctypes.c_uint32 * 7)()
                works("ioctl", fd, FS_IOC_FSGETXATTR, record)
                holds(other, record[0] & 0xF8, "the flags by FSGETXATTR")
        record = (ctypes.c_uint32 * 7)()
        works("ioctl", fd, FS_IOC_FSGETXATTR, record)
        record[0] |= 0x80
        works("ioctl", fd, FS_IOC_FSSETXATTR, record)
        holds(NODUMP, get_flags(name) & OWN, "the flag set by FSSETXATTR")
        os.close(fd)


@case
def are_for_root_to_set():
    name, directory = make(owner=OWNER), make("directory", owner=OWNER)
    for path in (name, directory):
        for flags in (IMMUTABLE, APPEND):
            fails("EPERM", set_flags, path, get_flags(path) | flags, by=OWNER)
        works(set_flags, path, get_flags(path) | NODUMP, by=OWNER)
        holds(NODUMP, get_flags(path) & OWN, "a flag that owners may set")
        fails("EPERM", set_flags, path, get_flags(path) & ~NODUMP, by=OTHER)
        works(get_flags, path, by=OTHER)
    fails("ENOTTY", set_flags, make("fifo"), 0)
    fd = os.open(name, os.O_RDONLY)
    fails("EFAULT", "ioctl", fd, FS_IOC_GETFLAGS, ctypes.c_void_p(1))
    fails("EFAULT", "ioctl", fd, FS_IOC_SETFLAGS, ctypes.c_void_p(1))
    fails("ENOTTY", "ioctl", fd, 0x5401, ctypes.c_void_p(1))
    os.close(fd)


def changes(path, new):
    """Everything that would change a file or one of its names."""
    yield "chmod", (path, 0o600)
    yield "lchown", (path, 1, 1)
    yield "truncate", (path, 0)
    yield "truncate", (path, 100)
    yield "link", (path, new)
    yield "unlink", (path,)
    yield "rename", (path, new)
    yield os.utime, (path, (1, 1))
    yield os.setxattr, (path, "user.x", b"1")
    yield os.setxattr, (path, "trusted.x", b"1")
    yield os.removexattr, (path, "user.there")


@case
def an_immutable_file_never_changes():
    for caller in (ROOT, OWNER):
        name, other = make(owner=OWNER, mode=0o666), make(owner=OWNER)
        os.setxattr(name, "user.there", b"1")
        os.chmod(".", 0o777)
        with flagged(name, IMMUTABLE):
            for what, arguments in changes(name, name + "-new"):
                if caller is OWNER and ("trusted.x" in arguments or what == "lchown"):
                    continue
                fails("EPERM", what, *arguments, by=caller)
            for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC):
                fails("EPERM", "open", name, flags, by=caller)
            fails("EPERM", "rename", other, name, by=caller)
            fails("EPERM", "renameat2", AT_FDCWD, other, AT_FDCWD, name, RENAME_EXCHANGE, by=caller)
            works("open", name, os.O_RDONLY, by=caller)
            gives(b"1", os.getxattr, name, "user.there", by=caller)
            has(name, mode=0o666, size=4, nlink=1, uid=OWNER.uid)
            if caller is ROOT:
                fails("EPERM", os.utime, name)
        works("chmod", name, 0o600)
        absent(name + "-new")


@case
def a_descriptor_from_before_is_bound_as_well():
    name = make()
    fd = os.open(name, os.O_RDWR)
    with flagged(name, IMMUTABLE):
        fails("EPERM", os.fchmod, fd, 0)
        fails("EPERM", os.fchown, fd, 1, 1)
        fails("EPERM", "futimens", fd, times((1, 1), (1, 1)))
        fails("EPERM", os.setxattr, fd, "user.x", b"1")
        fails("EPERM", os.posix_fallocate, fd, 0, 100)
        fails("EPERM", os.pwrite, fd, b"x", 0)
        fails("EPERM", os.ftruncate, fd, 0)
        gives(b"data", os.pread, fd, 4, 0)
    works(os.pwrite, fd, b"x", 0)
    os.close(fd)


@case
def an_append_only_file_only_grows():
    for caller in (ROOT, OWNER):
        name, other = make(owner=OWNER, mode=0o666), make(owner=OWNER)
        os.setxattr(name, "user.there", b"1")
        os.chmod(".", 0o777)
        with flagged(name, APPEND):
            for what, arguments in changes(name, name + "-new"):
                if caller is OWNER and ("trusted.x" in arguments or what == "lchown"):
                    continue
                fails("EPERM", what, *arguments, by=caller)
            for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND | os.O_TRUNC):
                fails("EPERM", "open", name, flags, by=caller)
            fails("EPERM", "rename", other, name, by=caller)
            works("open", name, os.O_WRONLY | os.O_APPEND, by=caller)
            works("open", name, os.O_RDWR | os.O_APPEND, by=caller)
            works("open", name, os.O_RDONLY, by=caller)

            def append():
                fd = os.open(name, os.O_RDWR | os.O_APPEND)
                gives(4, os.write, fd, b"more")
                fails("EPERM", os.ftruncate, fd, 0)
                fails("EPERM", "fallocate", fd, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE, 0, 2)
                os.close(fd)

            acting(caller, append)
            has(name, size=8, mode=0o666, nlink=1)
        absent(name + "-new")


@case
def an_immutable_directory_keeps_its_names():
    os.chmod(".", 0o777)
    for caller in (ROOT, OWNER):
        place, outside = make("directory", owner=OWNER, mode=0o777), make(owner=OWNER)
        inner, sub = make("file", place + "/x", owner=OWNER), make("directory", place + "/d", owner=OWNER)
        with flagged(place, IMMUTABLE):
            names(place, inner, sub, outside, caller, "EPERM")
            fails("EPERM", "chmod", place, 0, by=caller)
            fails("EPERM", "rmdir", place, by=caller)
            fails("EPERM", "rename", place, place + "-new", by=caller)
            gives(["d", "x"], lambda: sorted(os.listdir(place)), what="the listing")
            # Only the names are kept.
            works("truncate", inner, 1, by=caller)
            works("chmod", inner, 0o600, by=caller)
        works("unlink", inner)


def names(place, inner, sub, outside, caller, creating):
    comes(creating, "mkdir", place + "/n1", 0o755, by=caller)
    comes(creating, "mkfifo", place + "/n2", 0o755, by=caller)
    comes(creating, "symlink", "to", place + "/n3", by=caller)
    comes(creating, "open", place + "/n4", os.O_CREAT | os.O_WRONLY, 0o644, by=caller)
    comes(creating, "link", outside, place + "/n5", by=caller)
    fails("EPERM", "unlink", inner, by=caller)
    fails("EPERM", "rmdir", sub, by=caller)
    fails("EPERM", "rename", inner, place + "/y", by=caller)
    fails("EPERM", "rename", inner, "out", by=caller) if caller is ROOT else None


@case
def an_append_only_directory_only_gains_names():
    for caller in (ROOT, OWNER):
        place, outside = make("directory", owner=OWNER, mode=0o777), make(owner=OWNER)
        inner, sub = make("file", place + "/x", owner=OWNER), make("directory", place + "/d", owner=OWNER)
        with flagged(place, APPEND), about("as", caller.name):
            names(place, inner, sub, outside, caller, None)
            comes(None, "rename", outside, place + "/moved-in", by=ROOT)
            fails("EPERM", "rename", place + "/moved-in", inner, by=ROOT)
            fails("EPERM", "rmdir", place, by=ROOT)
            holds(True, len(os.listdir(place)) >= 8, "the names are there")
