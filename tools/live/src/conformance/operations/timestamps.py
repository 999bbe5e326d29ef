"""Which of atime, mtime and ctime a call moves, of the object and of the directories concerned, and which it leaves.

Every row is made ready first, then time passes once, then all the calls are made.
"""
import ctypes
import errno
import os

from calls import (AT_FDCWD, AT_STATX_FORCE_SYNC, FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, RENAME_EXCHANGE, UTIME_OMIT,
                   call, times)
from callers import call_as
from differences import rightly
from harness import OTHER, OWNER, about, attempt, case, has, holds, make, tick, world

LONG_AGO = 1_000_000_000
LATER, OMIT = (5_000_000_000, 0), (0, UTIME_OMIT)
MOVED = {"a": "atime", "m": "mtime", "c": "ctime"}


class Row:
    """`watched`: {path: letters of the times that must move}; all others must not."""

    def __init__(self, what, act, watched, error=None):
        self.what, self.act, self.watched, self.error = what, act, watched, error


def stamps(path):
    st = os.lstat(path)
    return {"a": st.st_atime_ns, "m": st.st_mtime_ns, "c": st.st_ctime_ns}


def run(rows):
    for row in rows:
        for path in row.watched:
            call("utimensat", AT_FDCWD, path, times((LONG_AGO, 0), (LONG_AGO, 0)), 0x100)
    before = [{path: stamps(path) for path in row.watched} for row in rows]
    tick()
    for row, old in zip(rows, before):
        with about(row.what):
            kind, value = attempt(row.act, ())
            holds(row.error or "no error", value if kind == "error" else "no error", "the call")
            for path, letters in row.watched.items():
                new = stamps(path if os.path.lexists(path) else renamed(path))
                for letter, name in MOVED.items():
                    holds(letter in letters, new[letter] > old[path][letter], "%s of %s moves" % (name, path))


def renamed(path):
    return path + "-new"


def wrote(path, flags, action):
    def act():
        fd = os.open(path, flags)
        try:
            action(fd)
        finally:
            os.close(fd)

    return act


@case
def of_file_data():
    rows = []

    def row(what, action, letters, flags=os.O_RDWR, error=None):
        path = make(data=b"0123456789")
        rows.append(Row(what, wrote(path, flags, lambda fd: action(fd)), {path: letters}, error))

    row("open and close", lambda fd: None, "")
    row("open with O_TRUNC", lambda fd: None, "mc", os.O_RDWR | os.O_TRUNC)
    row("open with O_CREAT", lambda fd: None, "", os.O_RDWR | os.O_CREAT)
    row("read", lambda fd: os.read(fd, 5), "a")
    row("pread", lambda fd: os.pread(fd, 5, 2), "a")
    row("read with O_NOATIME", lambda fd: os.read(fd, 5), "", os.O_RDWR | os.O_NOATIME)
    row("read of nothing", lambda fd: os.read(fd, 0), "")
    row("write", lambda fd: os.write(fd, b"x"), "mc")
    row("pwrite", lambda fd: os.pwrite(fd, b"x", 3), "mc")
    row("append", lambda fd: os.write(fd, b"x"), "mc", os.O_WRONLY | os.O_APPEND)
    row("write of nothing", lambda fd: os.write(fd, b""), "")
    row("ftruncate to less", lambda fd: os.ftruncate(fd, 5), "mc")
    row("ftruncate to more", lambda fd: os.ftruncate(fd, 50), "mc")
    row("ftruncate to the same", lambda fd: os.ftruncate(fd, 10), "mc")
    row("fallocate to more", lambda fd: os.posix_fallocate(fd, 0, 8192), "mc")
    row("fallocate, size kept", lambda fd: call("fallocate", fd, FALLOC_KEEP_SIZE, 0, 8192), "mc")
    row("punching a hole", lambda fd: call("fallocate", fd, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE, 0, 5), "mc")
    row("fsync", lambda fd: os.fsync(fd), "")
    row("lseek", lambda fd: os.lseek(fd, 3, 0), "")
    row("fchmod", lambda fd: os.fchmod(fd, 0o600), "c")
    row("fchown", lambda fd: os.fchown(fd, 1, 2), "c")
    row("fchown of nothing", lambda fd: os.fchown(fd, -1, -1), "c")
    row("fsetxattr", lambda fd: os.setxattr(fd, "user.x", b"1"), "c")
    row("fgetxattr", lambda fd: os.listxattr(fd), "")
    row("a failed write", lambda fd: os.write(fd, b"x"), "", os.O_RDONLY, "EBADF")
    row("a failed ftruncate", lambda fd: os.ftruncate(fd, -1), "", os.O_RDWR, "EINVAL")
    row("a failed fgetxattr", lambda fd: os.getxattr(fd, "user.none"), "", os.O_RDWR, "ENODATA")
    for kind, letters_from, letters_to in (("copy_file_range", "a", "mc"), ("sendfile", "a", "mc")):
        source, target = make(data=b"0123456789"), make()
        rows.append(Row(kind, copying(kind, source, target), {source: letters_from, target: letters_to}))
    run(rows)


@case
def while_the_file_stays_open():
    """What a call has changed is seen by the next one, close or no close, by every name and descriptor."""
    for flags in (os.O_RDWR, os.O_RDWR | os.O_APPEND, os.O_RDWR | os.O_SYNC):
        for what, action, letters, size in (
            ("write", lambda fd: os.write(fd, b"01234567890123456789"), "mc", None), ("read", lambda fd: os.read(fd, 3), "a", 10),
            ("ftruncate", lambda fd: os.ftruncate(fd, 4), "mc", 4), ("fchmod", lambda fd: os.fchmod(fd, 0o600), "c", 10),
            ("fallocate", lambda fd: os.posix_fallocate(fd, 0, 5000), "mc", 5000)):
            name = make(data=b"0123456789")
            os.link(name, name + "-second")
            fd, other = os.open(name, flags), os.open(name, os.O_RDONLY)
            # Of what the kernel reads from its own cache, a file system in user space is not told: no second read.
            for _ in range(1 if what == "read" else 2):
                call("futimens", fd, times((LONG_AGO, 0), (LONG_AGO, 0)))
                before = [stamps(name), stamps(name + "-second")]
                tick()
                action(fd)
                grown = size or os.lseek(fd, 0, os.SEEK_CUR)
                with about(what, "with flags %#x" % flags):
                    for path, old in zip((name, name + "-second"), before):
                        new = stamps(path)
                        for letter, time in MOVED.items():
                            holds(letter in letters, new[letter] > old[letter], "%s by a name moves" % time)
                        has(path, size=grown)
                    for descriptor in (fd, other):
                        has(descriptor, size=grown, mtime=new["m"], atime=new["a"])
            os.close(fd), os.close(other)


def copying(name, source, target):
    def act():
        one, two = os.open(source, os.O_RDONLY), os.open(target, os.O_RDWR)
        try:
            if name == "sendfile":
                call("sendfile", two, one, None, 5)
            else:
                call("copy_file_range", one, ctypes.byref(ctypes.c_long(0)), two, ctypes.byref(ctypes.c_long(0)), 5, 0)
        finally:
            os.close(one), os.close(two)
        if not rightly("a copy shows in the atime at once"):
            call("statx", AT_FDCWD, source, AT_STATX_FORCE_SYNC, 0x7FF, ctypes.create_string_buffer(256))

    return act


@case
def of_attributes():
    rows = []
    for kind in ("file", "directory", "fifo", "symlink", "char", "socket"):
        def row(what, act, letters, error=None, kind=kind):
            path = make(kind)
            rows.append(Row("%s of a %s" % (what, kind), lambda: act(path), {path: letters}, error))

        row("lstat", os.lstat, "")
        row("lchown", lambda path: os.lchown(path, 1, 2), "c")
        row("lchown of nothing", lambda path: os.lchown(path, -1, -1), "c")
        row("utimensat, atime alone", lambda path: call("utimensat", AT_FDCWD, path, times(LATER, OMIT), 0x100), "ac")
        row("utimensat, mtime alone", lambda path: call("utimensat", AT_FDCWD, path, times(OMIT, LATER), 0x100), "mc")
        row("a trusted attribute", lambda path: os.setxattr(path, "trusted.x", b"1", follow_symlinks=False), "c")
        row("removing no attribute", lambda path: os.removexattr(path, "trusted.none", follow_symlinks=False), "", "ENODATA")
        row("listing attributes", lambda path: os.listxattr(path, follow_symlinks=False), "")
        if kind == "symlink":
            row("readlink", os.readlink, "a")
        else:
            row("chmod", lambda path: os.chmod(path, 0o600), "c")
            row("chmod to the same", lambda path: os.chmod(path, 0o644), "c")
            row("access", lambda path: os.access(path, os.R_OK), "")
        if kind in ("file", "directory"):
            row("setxattr", lambda path: os.setxattr(path, "user.x", b"1"), "c")
            row("getxattr of nothing", lambda path: os.getxattr(path, "user.none"), "", "ENODATA")
    path = make()
    rows.append(Row("truncate", lambda: os.truncate(path, 1), {path: "mc"}))
    run(rows)


@case
def of_directories_when_names_come_and_go():
    rows = []

    def row(what, act, letters="mc", kind=None, error=None, own=None):
        """`act` works on a new directory; `own`: what moves of the object "x" in it."""
        place = world()
        watched = {place: letters}
        if kind:
            make(kind, place + "/x")
            if own is not None:
                watched[place + "/x"] = own
        rows.append(Row(what, lambda: act(place), watched, error))

    row("creating", lambda at: os.close(os.open(at + "/n", os.O_CREAT | os.O_WRONLY)))
    row("mkdir", lambda at: os.mkdir(at + "/n"))
    row("mkfifo", lambda at: os.mkfifo(at + "/n"))
    row("mknod", lambda at: os.mknod(at + "/n", 0o020644, 259))
    row("symlink", lambda at: os.symlink("to", at + "/n"))
    row("listing", lambda at: os.listdir(at), "a", "file", own="")
    row("stat of what is in it", lambda at: os.lstat(at + "/x"), "", "file", own="")
    row("opening a file in it", lambda at: os.close(os.open(at + "/x", os.O_RDWR | os.O_CREAT)), "", "file", own="")
    row("truncating a file in it", lambda at: os.truncate(at + "/x", 1), "", "file", own="mc")
    row("a nameless file", lambda at: os.close(os.open(at, os.O_TMPFILE | os.O_RDWR)), "")
    row("lookup of nothing", lambda at: os.lstat(at + "/n"), "", error="ENOENT")
    row("mkdir over something", lambda at: os.mkdir(at + "/x"), "", "file", "EEXIST", "")
    row("creating over something", lambda at: os.open(at + "/x", os.O_CREAT | os.O_EXCL), "", "file", "EEXIST", "")
    row("rmdir of a full one", lambda at: os.rmdir(at), "", "file", "ENOTEMPTY", "")
    row("unlink of a directory", lambda at: os.unlink(at + "/x"), "", "directory", "EISDIR", "")
    row("unlink of nothing", lambda at: os.unlink(at + "/n"), "", error="ENOENT")
    for kind in ("file", "fifo", "symlink", "char", "socket"):
        row("unlink of a " + kind, lambda at: os.unlink(at + "/x"), "mc", kind)
        row("link of a " + kind, lambda at: os.link(at + "/x", at + "/n", follow_symlinks=False), "mc", kind, own="c")
        row("rename of a " + kind, lambda at: os.rename(at + "/x", at + "/x-new"), "mc", kind, own="c")
        row("link over something", lambda at: os.link(at + "/x", at + "/x", follow_symlinks=False), "", kind, "EEXIST", "")
    row("rmdir", lambda at: os.rmdir(at + "/x"), "mc", "directory")
    row("rename of a directory", lambda at: os.rename(at + "/x", at + "/x-new"), "mc", "directory", own="c")
    row("rename to itself", lambda at: os.rename(at + "/x", at + "/x"), "", "file", own="")
    row("rename beneath itself", lambda at: os.rename(at + "/x", at + "/x/y"), "", "directory", "EINVAL", "")
    run(rows)


@case
def of_several_objects():
    rows = []
    one, two = make(), make()
    os.link(one, one + "-second")
    rows.append(Row("unlink of one of two names", lambda: os.unlink(one + "-second"), {one: "c"}))
    here, there = world(), world()
    make("file", here + "/x")
    rows.append(Row("rename to another directory", lambda: os.rename(here + "/x", there + "/x"), {here: "mc", there: "mc"}))
    origin, other = world(), world()
    make("file", origin + "/x"), make("file", other + "/y")
    os.link(other + "/y", "kept")
    rows.append(Row("rename over a name of another", lambda: os.rename(origin + "/x", other + "/y"),
                    {origin: "mc", other: "mc", "kept": "c"}))
    left, right = world(), world()
    make("file", left + "/x"), make("file", right + "/y")
    rows.append(Row("exchange", lambda: call("renameat2", AT_FDCWD, left + "/x", AT_FDCWD, right + "/y", RENAME_EXCHANGE),
                    {left: "mc", right: "mc", left + "/x": "c", right + "/y": "c"}))
    moved, into = world(), world()
    os.mkdir(moved + "/d")
    rows.append(Row("rename of a directory to another", lambda: os.rename(moved + "/d", into + "/d"),
                    {moved: "mc", into: "mc"}))
    rows.append(Row("nothing at all", lambda: None, {two: ""}))
    run(rows)


@case
def of_calls_that_are_refused():
    rows = []
    for name, arguments in (("chmod", (0o600,)), ("lchown", (OTHER.uid, -1)), ("truncate", (0,)), ("unlink", ()),
                            ("utimensat", None)):
        place = make("directory", owner=OWNER)
        path = make("file", place + "/x", owner=OWNER, mode=0o644)
        rows.append(Row(name, refused(name, path, arguments), {place: "", path: ""},
                        "EACCES" if name in ("truncate", "unlink") else "EPERM"))
    run(rows)


def refused(name, path, arguments):
    def act():
        words = (AT_FDCWD, path, times((1, 1), (1, 1)), 0) if arguments is None else (path, *arguments)
        kind, value = call_as(OTHER, name, words)
        if kind == "error":
            raise OSError(getattr(errno, value), value)

    return act
