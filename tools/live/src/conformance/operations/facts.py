"""stat, statx, statvfs, syncing (stat(2), statx(2), statvfs(3), fsync(2))."""
import ctypes
import os
import stat
import struct
import time

from calls import AT_EMPTY_PATH, AT_FDCWD, AT_STATX_FORCE_SYNC, AT_SYMLINK_NOFOLLOW, call
from differences import Tree
from harness import FORMATS, KINDS, OTHER, OWNER, about, case, comes, fails, gives, has, holds, make, works
from paths import PathCall, check_paths

BASIC, BIRTH = 0x7FF, 0x800


def statx(path, flags=AT_SYMLINK_NOFOLLOW, mask=BASIC | BIRTH, at=AT_FDCWD):
    """The fields of struct statx that matter here."""
    buffer = ctypes.create_string_buffer(256)
    call("statx", at, path, flags, mask, buffer)
    got, blksize, attributes, nlink, uid, gid, mode = struct.unpack_from("<IIQIIIH", buffer, 0)
    ino, size, blocks = struct.unpack_from("<QQQ", buffer, 32)
    seconds, nanoseconds = struct.unpack_from("<qI", buffer, 80)
    return {"mask": got, "blksize": blksize, "attributes": attributes, "nlink": nlink, "uid": uid, "gid": gid, "mode": mode,
            "ino": ino, "size": size, "blocks": blocks, "birth": seconds * 10**9 + nanoseconds}


@case
def all_ways_to_ask_agree():
    for kind in KINDS:
        name = make(kind, mode=0o640, owner=(3, 4))
        fd = os.open(name, os.O_PATH | os.O_NOFOLLOW)
        ways = [os.lstat(name), os.fstat(fd), os.stat(name, dir_fd=os.open(".", os.O_PATH), follow_symlinks=False)]
        for st in ways:
            holds(FORMATS[kind], stat.S_IFMT(st.st_mode), "the kind")
            holds((3, 4, ways[0].st_ino, ways[0].st_dev), (st.st_uid, st.st_gid, st.st_ino, st.st_dev), "ids and numbers")
            holds(2 if kind == "directory" else 1, st.st_nlink, "links")
        for more in (statx(name), statx("", AT_EMPTY_PATH, at=fd), statx(name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC),
                     statx(name, AT_SYMLINK_NOFOLLOW | 0x4000)):
            st = ways[0]
            holds((st.st_mode, st.st_ino, st.st_size, st.st_nlink, st.st_uid, st.st_gid, st.st_blocks),
                  tuple(more[each] for each in ("mode", "ino", "size", "nlink", "uid", "gid", "blocks")), "statx of a " + kind)
            holds(BASIC, more["mask"] & BASIC, "the basic fields")
        holds(ways[0].st_dev, os.lstat(".").st_dev, "the device")
        os.close(fd)


@case
def birth_times_are_told_and_never_move():
    for kind in KINDS:
        before = time.time_ns()
        name = make(kind)
        first = statx(name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC)
        holds(BIRTH, first["mask"] & BIRTH, "the birth time of a %s is told" % kind)
        holds(True, abs(first["birth"] - before) < 10**9, "it is now")
        lower = statx(os.path.join(Tree.lower, name))
        holds(lower["birth"], first["birth"], "the same as beneath")
        os.lchown(name, 1, 1)
        os.utime(name, ns=(5, 5), follow_symlinks=False)
        os.rename(name, name + "-moved")
        holds(first["birth"], statx(name + "-moved")["birth"], "after a change and a rename")


@case
def numbers_are_stable_and_unlike():
    names = [make(kind) for kind in KINDS]
    numbers = [os.lstat(name).st_ino for name in names]
    holds(len(names), len(set(numbers)), "different numbers")
    for name, number in zip(names, numbers):
        os.rename(name, name + "x")
        has(name + "x", ino=number)
        holds(number, os.lstat(os.path.join(Tree.lower, name + "x")).st_ino, "the number beneath")


@case
def sizes_and_blocks():
    for size in (0, 1, 4096, 4097, 1_000_000):
        name = make(data=b"x" * size)
        fd = os.open(name, os.O_RDWR)
        os.fsync(fd)
        has(name, size=size)
        os.close(fd)
        lower = os.lstat(os.path.join(Tree.lower, name))
        st = statx(name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC)
        holds((lower.st_size, lower.st_blocks), (st["size"], st["blocks"]), "size and blocks as beneath")
        holds(True, st["blocks"] * 512 >= size, "blocks enough")
    for length in (1, 59, 60, 255, 4095):
        os.symlink("t" * length, "link%d" % length)
        has("link%d" % length, size=length)
    holds(4096, os.lstat(".").st_blksize, "the block size")


@case
def searching_alone_is_needed():
    place = make("directory", owner=OWNER, mode=0o711)
    name = make("file", place + "/x", mode=0)
    works(os.lstat, name, by=OTHER)
    for mode, result in ((0o711, None), (0o710, "EACCES"), (0o744, "EACCES"), (0o701, None)):
        os.chmod(place, mode)
        comes(result, os.lstat, name, by=OTHER)
        comes(result, os.stat, place + "/.", by=OTHER)
    fails("EINVAL", "statx", AT_FDCWD, ".", 0x80000, BASIC, ctypes.create_string_buffer(256))
    fails("EINVAL", "statx", AT_FDCWD, ".", 0, 1 << 31, ctypes.create_string_buffer(256))
    fails("EBADF", "statx", 999, "x", 0, BASIC, ctypes.create_string_buffer(256))


@case
def of_the_file_system():
    lower = os.statvfs(Tree.lower)
    for target in (".", make(), make("directory"), make("fifo")):
        told = os.statvfs(target)
        for field in ("f_bsize", "f_frsize", "f_blocks", "f_files", "f_namemax"):
            holds(getattr(lower, field), getattr(told, field), field)
        holds(True, 0 < told.f_bavail <= told.f_bfree <= told.f_blocks, "free blocks")
        holds(True, 0 < told.f_favail <= told.f_files, "free inodes")
        holds(255, told.f_namemax, "the longest name")
        holds(0, told.f_flag & os.ST_RDONLY, "it is writable")
    fd = os.open(".", os.O_RDONLY)
    holds(lower.f_blocks, os.fstatvfs(fd).f_blocks, "fstatvfs")
    os.close(fd)
    for path, result in (("missing", "ENOENT"), (make() + "/x", "ENOTDIR"), ("x" * 256, "ENAMETOOLONG")):
        fails(result, os.statvfs, path)
    gives(255, os.pathconf, ".", "PC_NAME_MAX")
    gives(4096, os.pathconf, ".", "PC_PATH_MAX")


@case
def syncing():
    for kind in ("file", "directory"):
        for flags in (os.O_RDONLY, os.O_RDWR):
            if kind == "directory" and flags == os.O_RDWR:
                continue
            fd = os.open(make(kind), flags)
            for name in ("fsync", "fdatasync", "syncfs"):
                works(name, fd)
            works("sync_file_range", fd, 0, 0, 7) if kind == "file" else None
            os.close(fd)
    for name in ("fsync", "fdatasync", "syncfs"):
        fails("EBADF", name, 999)
        path_only = os.open(".", os.O_PATH)
        fails("EBADF", name, path_only)
        os.close(path_only)
    with about("a FIFO"):
        fd = os.open(make("fifo"), os.O_RDWR)
        fails("EINVAL", "fsync", fd)
        fails("EINVAL", "fdatasync", fd)
        os.close(fd)


@case
def path_errors():
    check_paths(PathCall("stat", lambda path: os.stat(path).st_size))
    check_paths(PathCall("lstat", lambda path: os.lstat(path).st_size, follows=False))
    check_paths(PathCall("access", lambda path: call("access", path, os.F_OK)))
