"""rmdir (rmdir(2))."""
import os

from calls import AT_FDCWD, AT_REMOVEDIR
from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, absent, acting, case, comes, fails, fresh, has, holds, make, works,
                     world)
from paths import PathCall, check_paths


@case
def removes_an_empty_directory():
    for path in (fresh(), world() + "/x"):
        os.mkdir(path)
        works("rmdir", path)
        absent(path)
        fails("ENOENT", "rmdir", path)
        os.mkdir(path)
        works("unlinkat", AT_FDCWD, path, AT_REMOVEDIR)
        absent(path)
        os.mkdir(path)
        works("rmdir", path + "/")
        absent(path)
    for mode in (0, 0o111, 0o777, 0o7777):
        works("rmdir", make("directory", mode=mode))


@case
def refuses_one_with_anything_in_it():
    for kind in KINDS:
        place = make("directory")
        inner = make(kind, place + "/x")
        fails("ENOTEMPTY", "rmdir", place)
        has(inner, kind=kind)
        os.rmdir(inner) if kind == "directory" else os.unlink(inner)
        works("rmdir", place)
    place = make("directory")
    for name in (".hidden", " ", "..."):
        make("file", place + "/" + name)
        fails("ENOTEMPTY", "rmdir", place)
        os.unlink(place + "/" + name)
    # An unlinked file that is still open is in nobody's way.
    make("file", place + "/held")
    fd = os.open(place + "/held", os.O_RDWR)
    os.unlink(place + "/held")
    works("rmdir", place)
    os.write(fd, b"goes on")
    os.close(fd)


@case
def refuses_what_is_no_directory():
    for kind in KINDS:
        if kind != "directory":
            name = make(kind)
            fails("ENOTDIR", "rmdir", name)
            has(name, kind=kind)
    os.symlink(make("directory"), "link")
    fails("ENOTDIR", "rmdir", "link")
    fails("ENOTDIR", "rmdir", "link/")
    place = make("directory")
    fails("EINVAL", "rmdir", place + "/.")
    fails("EINVAL", "rmdir", ".")
    fails("ENOTEMPTY", "rmdir", "..")
    fails("ENOTEMPTY", "rmdir", place + "/..")
    os.mkdir(place + "/inner")
    fails("ENOTEMPTY", "rmdir", place + "/inner/..")
    fails("EBUSY", "rmdir", "/")


@case
def needs_permission_for_the_parent_alone():
    for bits in range(8):
        for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
            place = make("directory", owner=OWNER, mode=bits << shift)
            os.mkdir(place + "/x", 0)
            comes(None if bits & 3 == 3 else "EACCES", "rmdir", place + "/x", by=caller)
            (absent if bits & 3 == 3 else has)(place + "/x")
    name = make("directory", make("directory", owner=OWNER) + "/full", mode=0o777)
    make("file", name + "/x")
    fails("ENOTEMPTY", "rmdir", name, by=OWNER)
    fails("EACCES", "rmdir", name, by=OTHER)
    fails("ENOTEMPTY", "rmdir", name, by=ROOT)


@case
def a_removed_directory_stays_for_those_who_hold_it():
    name = make("directory")
    fd = os.open(name, os.O_RDONLY)
    works("rmdir", name)
    has(fd, nlink=0, kind="directory")
    holds([], os.listdir(fd), "its listing")
    for call, arguments in (("mkdirat", ("x", 0o755)), ("openat", ("x", os.O_CREAT | os.O_WRONLY, 0o644)),
                            ("mkfifoat", ("x", 0o644)), ("unlinkat", ("x", 0)), ("openat", ("x", os.O_RDONLY))):
        fails("ENOENT", call, fd, *arguments)
    fails("ENOENT", "symlinkat", "to", fd, "x")
    fails("ENOENT", "linkat", AT_FDCWD, make(), fd, "x", 0)
    fails("ENOENT", "renameat", AT_FDCWD, make(), fd, "x")
    works(os.fchmod, fd, 0o711)
    works(os.fchown, fd, 1, 2)
    has(fd, mode=0o711, uid=1, gid=2, nlink=0)
    works(os.fsync, fd)
    os.mkdir(name)
    fails("ENOENT", "openat", fd, "..x", os.O_RDONLY)
    holds(False, os.fstat(fd).st_ino == os.lstat(name).st_ino and os.fstat(fd).st_nlink > 0, "the new one is the old one")
    os.close(fd)


@case
def a_removed_working_directory():
    name = make("directory")

    def inside():
        os.chdir(name)
        works("rmdir", "../" + name)
        fails("ENOENT", os.getcwd)
        holds(0, os.stat(".").st_nlink, "links of '.'")
        works("open", ".", os.O_RDONLY)
        holds([], os.listdir("."), "the listing of '.'")
        fails("ENOENT", "open", "x", os.O_CREAT | os.O_WRONLY, 0o644)
        fails("ENOENT", "mkdir", "x", 0o755)
        fails("ENOENT", "symlink", "to", "x")
        # No rule is known for a nameless file in it; this is what ext4 says.
        fails("EPERM", "open", ".", os.O_TMPFILE | os.O_RDWR, 0o600)
        fails("ENOENT", "access", "x", os.F_OK)
        fails("EINVAL", "rmdir", ".")
        works("chmod", ".", 0o700)
        works(os.stat, "..")
        works(os.chdir, "..")
        works(os.getcwd)

    acting(ROOT, inside)


@case
def path_errors():
    check_paths(PathCall("rmdir", lambda path: os.rmdir(path), needs="directory", follows=False, slash=None))
