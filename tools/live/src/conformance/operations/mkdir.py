"""mkdir, mkdirat (mkdir(2))."""
import os

from calls import AT_FDCWD
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, about, case, comes, fails, fresh, has, holds, make,
                     works, world)
from paths import NAME_MAX, PATH_MAX, PathCall, check_paths

MODES = [0, 0o151, 0o700, 0o755, 0o777, 0o345, 0o1777, 0o2755]
UMASKS = [0, 0o22, 0o27, 0o77, 0o70, 0o501, 0o777]


@case
def mode_is_what_the_umask_leaves():
    for mode in MODES:
        for umask in UMASKS:
            name = fresh()
            os.umask(umask)
            works("mkdir", name, mode)
            os.umask(0)
            with about("umask %o, mode %o" % (umask, mode)):
                # mkdir(2): of the upper bits Linux honours the sticky one alone.
                has(name, mode=mode & 0o1777 & ~umask, kind="directory", nlink=2)


@case
def belongs_to_the_caller():
    place = world()
    for caller in EVERYBODY:
        name = place + "/" + fresh()
        works("mkdir", name, 0o750, by=caller)
        has(name, uid=caller.uid, gid=caller.gid, mode=0o750)


@case
def set_gid_directories_hand_down_group_and_bit():
    for group in (0, OWNER.gid, 20001, 30000):
        place = make("directory", owner=(0, group), mode=0o2777)
        for caller in EVERYBODY:
            name = place + "/" + fresh()
            works("mkdir", name, 0o755, by=caller)
            has(name, uid=caller.uid, gid=group, mode=0o2755)
            works("mkdir", name + "/deeper", 0o700, by=caller)
            has(name + "/deeper", uid=caller.uid, gid=group, mode=0o2700)


@case
def counts_in_the_parents_links():
    place = make("directory")
    for number in range(1, 6):
        works("mkdir", "%s/d%d" % (place, number), 0o755)
        has(place, nlink=2 + number)
    make("file", place + "/file")
    has(place, nlink=7)
    for number in range(1, 6):
        works("rmdir", "%s/d%d" % (place, number))
        has(place, nlink=7 - number)


@case
def is_empty_and_knows_its_parent():
    name = make("directory")
    holds([], os.listdir(name), "the listing")
    has(name + "/.", ino=os.lstat(name).st_ino)
    has(name + "/..", ino=os.lstat(".").st_ino)


@case
def never_replaces():
    for kind in KINDS:
        there = make(kind)
        before = os.lstat(there).st_ino
        fails("EEXIST", "mkdir", there, 0o755)
        has(there, ino=before, kind=kind)
        fails("EEXIST", "mkdir", there, 0o755, by=OTHER)
    for name in (".", "..", "/", "./", "../"):
        fails("EEXIST", "mkdir", name, 0o755)
    directory = make("directory")
    os.symlink(directory, "to-directory")
    fails("EEXIST", "mkdir", "to-directory", 0o755)
    fails("EEXIST", "mkdir", directory + "/", 0o755)
    fails("EEXIST", "mkdir", directory + "/.", 0o755)
    fails("ENOENT", "mkdir", "nothing/.", 0o755)
    fails("ENOENT", "mkdir", "nothing/..", 0o755)


@case
def needs_write_and_search_permission():
    for bits in range(8):
        for owner, shift, caller in ((OWNER, 6, OWNER), (OWNER, 3, MEMBER), (OWNER, 0, OTHER)):
            place = make("directory", owner=owner, mode=bits << shift)
            result = None if bits & 3 == 3 else "EACCES"
            comes(result, "mkdir", place + "/x", 0o755, by=caller)
            works("mkdir", place + "/y", 0o755, by=ROOT)


@case
def at_calls():
    place = make("directory")
    fd = os.open(place, os.O_RDONLY)
    works("mkdirat", fd, "x", 0o711)
    has(place + "/x", mode=0o711)
    fails("EEXIST", "mkdirat", fd, "x", 0o711)
    os.close(fd)
    fails("EBADF", "mkdirat", fd, "y", 0o711)
    works("mkdirat", AT_FDCWD, "z", 0o711)
    file = os.open(make(), os.O_RDONLY)
    fails("ENOTDIR", "mkdirat", file, "y", 0o711)
    os.close(file)


@case
def deep_trees():
    """A path of exactly PATH_MAX - 1 bytes, all of it real directories."""
    parts, length = [], 0
    while length + NAME_MAX + 1 < PATH_MAX - 1:
        parts.append("d" * NAME_MAX)
        length += NAME_MAX + 1
        works("mkdir", "/".join(parts), 0o755)
    last = "e" * (PATH_MAX - 1 - length)
    path = "/".join(parts)
    works("mkdir", path + "/" + last, 0o755)
    has(path + "/" + last, kind="directory")
    fails("ENAMETOOLONG", "mkdir", path + "/" + last + "e", 0o755)
    # Longer ones are reached step by step.
    os.chdir(path)
    works("mkdir", "beyond-the-end-of-any-path" + "x" * 200, 0o755)
    os.chdir("beyond-the-end-of-any-path" + "x" * 200)
    works("mkdir", "further", 0o755)
    fails("ENOENT", "mkdir", "no/further", 0o755)


@case
def path_errors():
    os.chmod(".", 0o777)
    check_paths(PathCall("mkdir", lambda path: os.mkdir(path, 0o755), needs=None, slash=None))
