"""truncate and ftruncate (truncate(2))."""
import os
import resource
import signal

from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, gives, has, holds, make,
                     works)
from paths import PathCall, check_paths

SIZES = [0, 1, 511, 512, 4095, 4096, 4097, 65_536, 1_000_000, (1 << 31) - 1, 1 << 32, (1 << 40) + 3]


def by_descriptor(path, size):
    fd = os.open(path, os.O_RDWR)
    try:
        os.ftruncate(fd, size)
    finally:
        os.close(fd)


WAYS = (os.truncate, by_descriptor)


@case
def sets_any_size():
    for way in WAYS:
        name = make()
        for size in SIZES + SIZES[::-1]:
            works(way, name, size)
            has(name, size=size)


@case
def keeps_what_stays_and_adds_zeros():
    for way in WAYS:
        for start, to in ((10, 4), (10, 10), (10, 20), (5000, 4096), (5000, 4097), (5000, 9000), (4096, 8192), (4097, 1)):
            data = bytes(each % 251 + 1 for each in range(start))
            name = make(data=data)
            works(way, name, to)
            with open(name, "rb") as file:
                holds((data + b"\0" * to)[:to], file.read(), "data of %d cut to %d" % (start, to))
            # What was cut off does not come back.
            works(way, name, to + 3000)
            with open(name, "rb") as file:
                holds((data[:to] + b"\0" * (to + 3000))[: to + 3000], file.read(), "data after %d, %d" % (to, to + 3000))


@case
def is_seen_through_open_descriptors():
    name = make(data=b"0123456789")
    reader, writer = os.open(name, os.O_RDONLY), os.open(name, os.O_RDWR)
    works("truncate", name, 4)
    gives(b"0123", os.pread, reader, 100, 0)
    gives(b"", os.pread, reader, 100, 4)
    works(os.ftruncate, writer, 6)
    gives(b"0123\0\0", os.pread, reader, 100, 0)
    has(reader, size=6)
    # The offset stays where it was.
    os.lseek(writer, 8, os.SEEK_SET)
    works(os.ftruncate, writer, 2)
    gives(8, os.lseek, writer, 0, os.SEEK_CUR)
    os.write(writer, b"X")
    gives(b"01\0\0\0\0\0\0X", os.pread, reader, 100, 0)
    os.unlink(name)
    works(os.ftruncate, writer, 1)
    has(reader, size=1, nlink=0)
    os.close(reader), os.close(writer)


@case
def refuses_what_is_no_size_and_no_file():
    name = make()
    for size in (-1, -1000, -(1 << 62)):
        fails("EINVAL", "truncate", name, size)
        fails("EINVAL", by_descriptor, name, size)
    fails("EFBIG", "truncate", name, 1 << 62)
    has(name, size=4)
    for kind in KINDS:
        if kind not in ("file", "symlink"):
            fails("EISDIR" if kind == "directory" else "EINVAL", "truncate", make(kind), 0)
    reader = os.open(name, os.O_RDONLY)
    fails("EINVAL", "ftruncate", reader, 0)
    os.close(reader)
    fails("EBADF", "ftruncate", reader, 0)
    directory = os.open(".", os.O_RDONLY)
    fails("EINVAL", "ftruncate", directory, 0)
    os.close(directory)
    path_only = os.open(name, os.O_PATH)
    fails("EBADF", "ftruncate", path_only, 0)
    os.close(path_only)


@case
def needs_write_permission_of_the_file_alone():
    for bits in range(8):
        for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
            name = make(owner=OWNER, mode=bits << shift)
            comes(None if bits & 2 else "EACCES", "truncate", name, 2, by=caller)
            has(name, size=2 if bits & 2 else 4)
            works("truncate", name, 1, by=ROOT)
    # A descriptor keeps its right.
    name = make(owner=OWNER, mode=0o600)

    def after_chmod():
        fd = os.open(name, os.O_RDWR)
        works("chmod", name, 0)
        works(os.ftruncate, fd, 1)
        fails("EACCES", "truncate", name, 0)

    acting(OWNER, after_chmod)
    has(name, size=1)


@case
def clears_set_id_bits_for_all_but_root():
    for mode, left in ((0o6777, 0o777), (0o4777, 0o777), (0o2777, 0o777), (0o2767, 0o2767), (0o1777, 0o1777), (0o6767, 0o2767)):
        for way in WAYS:
            for to in (0, 4, 100):
                for owner, caller in ((OWNER, OWNER), (OWNER, OTHER), (ROOT, OTHER), (OWNER, ROOT)):
                    name = make(owner=owner, mode=mode)
                    works(way, name, to, by=caller)
                    # S_ISGID without S_IXGRP falls for those outside the group (setattr_should_drop_sgid).
                    falls = left & ~0o2000 if mode & 0o2010 == 0o2000 and caller is OTHER else left
                    with about("mode %o, to %d by %s" % (mode, to, caller.name)):
                        has(name, mode=mode if caller is ROOT else falls, size=to)


@case
def obeys_the_file_size_limit():
    name = make()

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        works("truncate", name, 1000)
        fails("EFBIG", "truncate", name, 1001)
        fails("EFBIG", by_descriptor, name, 1001)
        works("truncate", name, 10)
        fd = os.open(name, os.O_RDWR)
        gives(1000, os.pwrite, fd, b"x" * 2000, 0)
        fails("EFBIG", os.pwrite, fd, b"x", 1000)
        fails("EFBIG", os.posix_fallocate, fd, 0, 1001)

    acting(ROOT, limited)
    has(name, size=1000)


@case
def path_errors():
    check_paths(PathCall("truncate", lambda path: os.truncate(path, 3)))
