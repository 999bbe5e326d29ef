"""symlink, symlinkat, readlink (symlink(2), readlink(2))."""
import ctypes
import os

from calls import AT_FDCWD
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, absent, case, comes, fails, fresh, gives, has, make,
                     works, world)
from paths import PATH_MAX, PathCall, check_paths

TARGETS = ["x", "missing", "../..", "/", "/a/b/c", "a//b/", "é", "with space", "t" * 59, "t" * 60, "t" * 61, "t" * 255,
           "t" * 256, "t" * 1000, "/".join(["d" * 200] * 20), "t" * (PATH_MAX - 1)]


@case
def keeps_any_target():
    for target in TARGETS:
        for umask in (0, 0o777):
            name = fresh()
            os.umask(umask)
            works("symlink", target, name)
            os.umask(0)
            gives(target, os.readlink, name)
            # The umask is not for symlinks.
            has(name, kind="symlink", mode=0o777, size=len(os.fsencode(target)), nlink=1)
    for target in (b"\xff\xfe", b"new\nline"):
        name = os.fsencode(fresh())
        works("symlink", target, name)
        gives(target, os.readlink, name)


@case
def refuses_targets_of_no_length_and_too_long():
    fails("ENOENT", "symlink", "", fresh())
    for length in (PATH_MAX, PATH_MAX + 1):
        name = fresh()
        fails("ENAMETOOLONG", "symlink", "t" * length, name)
        absent(name)


@case
def never_replaces():
    for kind in KINDS:
        there = make(kind)
        number = os.lstat(there).st_ino
        fails("EEXIST", "symlink", "to", there)
        has(there, ino=number, kind=kind)
    for name in (".", "..", "/"):
        fails("EEXIST", "symlink", "to", name)
    os.symlink("itself", "itself")
    fails("EEXIST", "symlink", "itself", "itself")


@case
def belongs_to_the_caller():
    place = world()
    shared = make("directory", owner=(0, 20001), mode=0o2777)
    for caller in EVERYBODY:
        name = fresh()
        works("symlink", "to", place + "/" + name, by=caller)
        has(place + "/" + name, uid=caller.uid, gid=caller.gid, mode=0o777)
        works("symlink", "to", shared + "/" + name, by=caller)
        has(shared + "/" + name, uid=caller.uid, gid=20001, mode=0o777)


@case
def needs_permission_for_the_directory():
    for bits in range(8):
        for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
            place = make("directory", owner=OWNER, mode=bits << shift)
            comes(None if bits & 3 == 3 else "EACCES", "symlink", "to", place + "/x", by=caller)
            works("symlink", "to", place + "/y", by=ROOT)
            comes(None if bits & 1 else "EACCES", os.readlink, place + "/y", by=caller)


@case
def reading():
    os.symlink("0123456789", "link")
    for caller in (OWNER, OTHER):
        gives("0123456789", os.readlink, "link", by=caller)
    for kind in KINDS:
        if kind != "symlink":
            fails("EINVAL", os.readlink, make(kind))
    for room in (1, 5, 10, 11):
        buffer = ctypes.create_string_buffer(b"#" * 20, 20)
        # Cut to the room, without a NUL.
        gives(min(room, 10), "readlink", "link", buffer, room, what="readlink into %d bytes" % room)
        gives((b"0123456789"[:room] + b"#" * 20)[:20], lambda: buffer.raw, what="the buffer of %d bytes" % room)
    fails("EINVAL", "readlink", "link", ctypes.create_string_buffer(5), 0)


@case
def at_calls():
    place = make("directory")
    fd = os.open(place, os.O_RDONLY)
    works("symlinkat", "to", fd, "x")
    gives("to", os.readlink, place + "/x")
    gives("to", lambda: os.readlink("x", dir_fd=fd), what="readlinkat")
    fails("EEXIST", "symlinkat", "to", fd, "x")
    os.close(fd)
    fails("EBADF", "symlinkat", "to", fd, "y")
    works("symlinkat", "to", AT_FDCWD, "y")
    file = os.open(make(), os.O_RDONLY)
    fails("ENOTDIR", "symlinkat", "to", file, "x")
    os.close(file)


@case
def path_errors_of_making():
    check_paths(PathCall("symlink", lambda path: os.symlink("to", path), needs=None, slash="ENOENT"))


@case
def path_errors_of_reading():
    check_paths(PathCall("readlink", lambda path: os.readlink(path), needs="symlink", follows=False, slash="ENOENT"))
