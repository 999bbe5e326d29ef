"""utimensat, futimens (utimensat(2))."""
import os
import time

from calls import AT_FDCWD, AT_SYMLINK_NOFOLLOW, UTIME_NOW, UTIME_OMIT, call, times
from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, has, holds, make, tick, works)
from paths import PathCall, check_paths

SECOND = 1_000_000_000
NOW, OMIT = (0, UTIME_NOW), (0, UTIME_OMIT)
# Seconds from ext4's first to its last (34 bits from -2^31 on), and what lies about well-known borders.
FAR = [-(1 << 31), -1_000_000_000, -1, 0, 1, 1_000_000_000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
       4_102_444_800, (1 << 33) + 5, (1 << 34) - (1 << 31) - 1]
NANOSECONDS = [0, 1, 500, 999, 1000, 999_999, 123_456_789, 999_999_999]


def set_times(path, atime, mtime, flags=0):
    return call("utimensat", AT_FDCWD, path, times(atime, mtime), flags)


def set_now(path):
    return call("utimensat", AT_FDCWD, path, None, 0)


def of(path):
    st = os.lstat(path)
    return st.st_atime_ns, st.st_mtime_ns


def is_now(value):
    return abs(value - time.time_ns()) < 5 * SECOND


@case
def sets_seconds_and_nanoseconds_of_every_kind():
    for kind in KINDS:
        name = make(kind)
        for nanoseconds in NANOSECONDS:
            works(set_times, name, (1000, nanoseconds), (2000, 999_999_999 - nanoseconds), AT_SYMLINK_NOFOLLOW)
            has(name, atime=1000 * SECOND + nanoseconds, mtime=2001 * SECOND - 1 - nanoseconds, kind=kind)
        has(name, nlink=2 if kind == "directory" else 1)


@case
def reaches_far_dates():
    for kind in ("file", "directory"):
        name = make(kind)
        for seconds in FAR:
            # In the first and the last second there is no nanosecond but the first (timestamp_truncate).
            nanoseconds = 0 if seconds in (FAR[0], FAR[-1]) else 7
            works(set_times, name, (seconds, 7), (FAR[0] + FAR[-1] - seconds, 7))
            has(name, atime=seconds * SECOND + nanoseconds, mtime=(FAR[0] + FAR[-1] - seconds) * SECOND + nanoseconds)
    # Beyond them the file system takes its own last or first (clamped, no error).
    name = make()
    for beyond, clamped in (((1 << 34), FAR[-1]), (1 << 50, FAR[-1]), (-(1 << 32), FAR[0])):
        works(set_times, name, (beyond, 0), (beyond, 0))
        has(name, mtime=clamped * SECOND, atime=clamped * SECOND)


@case
def now_and_omit():
    for kind in KINDS:
        name = make(kind)
        for atime, mtime, expected in (((5, 6), OMIT, (5, None)), (OMIT, (7, 8), (None, 7)), (NOW, OMIT, ("now", None)),
                                       (OMIT, NOW, (None, "now")), (NOW, (9, 9), ("now", 9)), ((9, 9), NOW, (9, "now")),
                                       (NOW, NOW, ("now", "now")), (OMIT, OMIT, (None, None))):
            works(set_times, name, (100, 1), (200, 2), AT_SYMLINK_NOFOLLOW)
            works(set_times, name, atime, mtime, AT_SYMLINK_NOFOLLOW)
            for what, seen, wanted, before in zip(("atime", "mtime"), of(name), expected, (100 * SECOND + 1, 200 * SECOND + 2)):
                with about(kind, atime, mtime):
                    if wanted == "now":
                        holds(True, is_now(seen), "%s is now" % what)
                    else:
                        holds(before if wanted is None else wanted, seen if wanted is None else seen // SECOND, what)
    name = make()
    works(set_times, name, (100, 1), (200, 2))
    works(set_now, name)
    holds([True, True], [is_now(each) for each in of(name)], "both are now")


@case
def omitting_both_leaves_ctime():
    for who in (ROOT, OTHER):
        name = make(mode=0o600)
        before = os.lstat(name).st_ctime_ns
        tick()
        works(set_times, name, OMIT, OMIT, by=who)
        holds(before, os.lstat(name).st_ctime_ns, "ctime")


@case
def refuses_impossible_nanoseconds():
    name = make()
    for nanoseconds in (-1, SECOND, 2 * SECOND, UTIME_NOW + 1, 1 << 40):
        fails("EINVAL", set_times, name, (1, nanoseconds), (1, 0))
        fails("EINVAL", set_times, name, (1, 0), (1, nanoseconds))
    fails("EINVAL", set_times, name, (1, 0), (1, 0), 0x80000)
    fails("EINVAL", "utimensat", AT_FDCWD, None, None, 0)


@case
def follows_symlinks_or_not():
    for kind in ("file", "directory", "fifo", "block"):
        name = make(kind)
        os.symlink(name, name + "-link")
        set_times(name, (1, 0), (1, 0))
        works(set_times, name + "-link", (50, 5), (60, 6))
        has(name, atime=50 * SECOND + 5, mtime=60 * SECOND + 6)
        works(set_times, name + "-link", (70, 7), (80, 8), AT_SYMLINK_NOFOLLOW)
        has(name, mtime=60 * SECOND + 6)
        has(name + "-link", mtime=80 * SECOND + 8, kind="symlink")


@case
def permissions():
    """Any times: the owner. The present moment: whoever may write. Omitting one of two is setting times (POSIX)."""
    exact, now, half = ((1, 1), (2, 2)), (NOW, NOW), (NOW, OMIT)
    for kind in KINDS:
        flags = AT_SYMLINK_NOFOLLOW
        for mode in (0o600, 0o622, 0o660, 0o666, 0o444, 0):
            for caller in (OWNER, MEMBER, OTHER, ROOT):
                name = make(kind, owner=OWNER, mode=mode)
                owns = caller in (OWNER, ROOT)
                writes = owns or kind == "symlink" or mode & (0o020 if caller is MEMBER else 0o002) != 0
                with about("a %s of mode %o" % (kind, mode)):
                    for pair, result in ((exact, None if owns else "EPERM"), (half, None if owns else "EPERM"),
                                         (now, None if writes else "EACCES"), ((OMIT, OMIT), None),
                                         ((OMIT, (3, 3)), None if owns else "EPERM")):
                        comes(result, set_times, name, *pair, flags, by=caller)


@case
def descriptors():
    name = make(owner=OWNER, mode=0o666)
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        fd = os.open(name, flags)
        works("futimens", fd, times((11, 1), (22, 2)))
        has(name, atime=11 * SECOND + 1, mtime=22 * SECOND + 2)
        acting(OTHER, lambda: fails("EPERM", "futimens", fd, times((1, 1), (2, 2))))
        acting(OTHER, lambda: works("futimens", fd, times(NOW, NOW)))
        holds(True, is_now(os.fstat(fd).st_mtime_ns), "mtime is now")
        # Times set by hand stay when the file is closed after a write.
        if flags != os.O_RDONLY:
            os.write(fd, b"x")
        works("futimens", fd, times((33, 3), (44, 4)))
        os.close(fd)
        has(name, mtime=44 * SECOND + 4, atime=33 * SECOND + 3)
    fails("EBADF", "futimens", fd, times((1, 1), (1, 1)))
    path_only = os.open(name, os.O_PATH)
    fails("EBADF", "futimens", path_only, times((1, 1), (1, 1)))
    os.close(path_only)
    directory = os.open(make("directory"), os.O_RDONLY)
    works("utimensat", directory, "", times((1, 1), (2, 2)), 0x1000)
    has(directory, mtime=2 * SECOND + 2)
    os.close(directory)


@case
def path_errors():
    check_paths(PathCall("utimensat", lambda path: os.utime(path, ns=(1, 2))))
    check_paths(PathCall("utimensat of a symlink", lambda path: os.utime(path, ns=(1, 2), follow_symlinks=False),
                         follows=False))
