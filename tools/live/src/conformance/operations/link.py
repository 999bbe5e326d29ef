"""link, linkat (link(2))."""
import os

from calls import AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW
from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, absent, case, comes, fails, fresh, has, holds, make,
                     setting, works, world)
from paths import PathCall, check_paths

LINKABLE = [kind for kind in KINDS if kind != "directory"]


@case
def gives_any_kind_another_name():
    for kind in LINKABLE:
        first, second, third = make(kind), fresh(), world() + "/third"
        number = os.lstat(first).st_ino
        has(first, nlink=1)
        works("link", first, second)
        for path in (first, second):
            has(path, nlink=2, kind=kind, ino=number)
        works("link", second, third)
        for path in (first, second, third):
            has(path, nlink=3, kind=kind, ino=number)
        works("lchown", second, 5, 6)
        for path in (first, second, third):
            has(path, uid=5, gid=6)
        if kind != "symlink":
            works("chmod", third, 0o231)
            for path in (first, second, third):
                has(path, mode=0o231)
        works("unlink", first)
        absent(first)
        for path in (second, third):
            has(path, nlink=2, ino=number)
        works("unlink", second)
        has(third, nlink=1, ino=number)
        works("unlink", third)
        absent(second, third)


@case
def names_share_their_data():
    first, second = make(data=b"one"), fresh()
    os.link(first, second)
    with open(second, "r+b") as file:
        file.write(b"longer than before")
    has(first, size=18)
    with open(first, "rb") as file:
        holds(b"longer than before", file.read(), "data through the first name")
    os.truncate(first, 4)
    has(second, size=4)
    os.unlink(first)
    with open(second, "rb") as file:
        holds(b"long", file.read(), "data through the second name")


@case
def never_replaces():
    for kind in LINKABLE:
        for there in KINDS:
            source, target = make(kind), make(there)
            before = os.lstat(target).st_ino
            fails("EEXIST", "link", source, target)
            has(source, nlink=1)
            has(target, ino=before, kind=there)
        fails("EEXIST", "link", source, source)
        fails("EEXIST", "link", source, ".")
        fails("EEXIST", "link", source, "..")


@case
def directories_have_one_name():
    directory = make("directory")
    for caller in (ROOT, OWNER):
        os.chmod(".", 0o777)
        fails("EPERM", "link", directory, fresh(), by=caller)
    fails("EPERM", "link", ".", fresh())
    fails("EPERM", "linkat", AT_FDCWD, directory, AT_FDCWD, fresh(), AT_SYMLINK_FOLLOW)
    has(directory, nlink=2)


@case
def symlinks_are_linked_themselves_or_followed():
    target, symlink = make(), fresh()
    os.symlink(target, symlink)
    works("link", symlink, "itself")
    has("itself", kind="symlink", nlink=2)
    works("linkat", AT_FDCWD, symlink, AT_FDCWD, "followed", AT_SYMLINK_FOLLOW)
    has("followed", kind="file", nlink=2, ino=os.stat(target).st_ino)
    fails("ENOENT", "linkat", AT_FDCWD, make("symlink"), AT_FDCWD, fresh(), AT_SYMLINK_FOLLOW)
    works("link", make("symlink"), fresh(), what="link of a dangling symlink")
    fails("EINVAL", "linkat", AT_FDCWD, target, AT_FDCWD, fresh(), 0x80000)
    os.symlink("no such", "dangling")
    fails("EEXIST", "link", target, "dangling")


@case
def needs_permission_for_both_directories():
    for mode, result in ((0o777, None), (0o733, None), (0o755, "EACCES"), (0o722, "EACCES"), (0o711, "EACCES")):
        source = make(owner=OTHER, mode=0o666)
        into = world(mode=mode)
        comes(result, "link", source, into + "/x", by=OTHER)
        has(source, nlink=1 if result else 2)
        # Of the directory it comes from, search permission is enough.
        origin = world(mode=mode)
        file = make("file", origin + "/file", owner=OTHER)
        to = world() + "/x"
        comes("EACCES" if mode == 0o722 else None, "link", file, to, by=OTHER)


@case
def strangers_files_are_protected_where_the_kernel_says_so():
    """fs.protected_hardlinks: without it anybody may link anything."""
    protected = setting("protected_hardlinks")
    for kind in LINKABLE:
        for mode, may in ((0o644, False), (0o666, kind == "file"), (0o4777, False), (0o2777, False), (0o2767, kind == "file")):
            name = make(kind, owner=OWNER, mode=mode)
            to = world()
            comes("EPERM" if protected and not may else None, "link", name, to + "/x", by=OTHER)
            comes(None, "link", name, to + "/y", by=OWNER)
            comes(None, "link", name, to + "/z", by=ROOT)
    name = make(owner=(0, OWNER.gid), mode=0o660)
    comes(None, "link", name, world() + "/x", by=MEMBER)


@case
def open_files():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"nameless")
    has(fd, nlink=0, mode=0o640)
    works("linkat", AT_FDCWD, "/proc/self/fd/%d" % fd, AT_FDCWD, "named", AT_SYMLINK_FOLLOW)
    has("named", nlink=1, size=8, mode=0o640)
    works("linkat", fd, "", AT_FDCWD, "again", AT_EMPTY_PATH)
    has("again", nlink=2, size=8)
    fails("EEXIST", "linkat", fd, "", AT_FDCWD, "again", AT_EMPTY_PATH)
    os.unlink("named")
    os.unlink("again")
    has(fd, nlink=0)
    fails("ENOENT", "linkat", fd, "", AT_FDCWD, "third", AT_EMPTY_PATH)
    fails("ENOENT", "linkat", AT_FDCWD, "/proc/self/fd/%d" % fd, AT_FDCWD, "third", AT_SYMLINK_FOLLOW)
    os.close(fd)
    never = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o640)
    fails("ENOENT", "linkat", never, "", AT_FDCWD, "never", AT_EMPTY_PATH)
    os.close(never)
    for kind in LINKABLE:
        path_only = os.open(make(kind), os.O_PATH | os.O_NOFOLLOW)
        to = fresh()
        works("linkat", path_only, "", AT_FDCWD, to, AT_EMPTY_PATH, what="linkat of an O_PATH descriptor of a " + kind)
        has(to, nlink=2, kind=kind)
        os.close(path_only)


@case
def other_file_systems():
    name = make()
    fails("EXDEV", "link", "/proc/self/status", fresh())
    fails("EXDEV", "link", name, "/dev/shm/" + fresh())
    has(name, nlink=1)


@case
def at_calls():
    from_directory, to_directory = make("directory"), make("directory")
    make("file", from_directory + "/x")
    source, target = (os.open(each, os.O_RDONLY | os.O_DIRECTORY) for each in (from_directory, to_directory))
    works("linkat", source, "x", target, "y", 0)
    has(to_directory + "/y", nlink=2)
    fails("ENOENT", "linkat", source, "y", target, "z", 0)
    os.close(source)
    fails("EBADF", "linkat", source, "x", target, "z", 0)
    os.close(target)
    fails("EBADF", "linkat", AT_FDCWD, to_directory + "/y", target, "z", 0)
    file = os.open(make(), os.O_RDONLY)
    fails("ENOTDIR", "linkat", file, "x", AT_FDCWD, "z", 0)
    fails("ENOTDIR", "linkat", AT_FDCWD, to_directory + "/y", file, "z", 0)
    os.close(file)


@case
def many_names():
    """More than any cache of names would like to hold."""
    name = make()
    for number in range(300):
        os.link(name, "link%d" % number)
    has(name, nlink=301)
    for number in range(0, 300, 2):
        os.unlink("link%d" % number)
    has("link299", nlink=151)
    holds(151, len(os.listdir(".")), "names listed")
    if os.environ.get("CONFORMANCE_SLOW"):
        for number in range(300, 65_000 - 151 + 300):
            os.link(name, "link%d" % number)
        has(name, nlink=65_000)
        fails("EMLINK", "link", name, "one-too-many")


@case
def path_errors_of_the_source():
    os.chmod(".", 0o777)
    check_paths(PathCall("link from", lambda path: os.link(path, fresh()), follows=False))


@case
def path_errors_of_the_target():
    source = make(mode=0o666)
    os.chmod(".", 0o777)
    check_paths(PathCall("link to", lambda path: os.link("../" + source, path), needs=None, slash="ENOENT"))
