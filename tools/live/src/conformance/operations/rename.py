"""rename, renameat, renameat2 (rename(2)). Sticky directories have a file of their own."""
import os

from calls import AT_FDCWD, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT
from harness import (KINDS, MEMBER, NOT_DIRECTORIES, OTHER, OWNER, ROOT, about, absent, case, comes, fails, fresh, gives,
                     has, holds, make, works, world)
from paths import PathCall, check_paths

OTHERS = NOT_DIRECTORIES + ("symlink",)


def exchange(one, two):
    return ("renameat2", AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE)


def no_replace(one, two):
    return ("renameat2", AT_FDCWD, one, AT_FDCWD, two, RENAME_NOREPLACE)


@case
def moves_every_kind_with_all_it_is():
    for kind in KINDS:
        for to in (fresh(), world() + "/x", "./" + fresh()):
            name = make(kind, mode=0o641, owner=(3, 4))
            st = os.lstat(name)
            works("rename", name, to)
            absent(name)
            has(to, ino=st.st_ino, kind=kind, uid=3, gid=4, nlink=st.st_nlink, size=st.st_size, mtime=st.st_mtime_ns,
                mode=0o777 if kind == "symlink" else 0o641)
    name = make("symlink")
    works("rename", name, "moved")
    gives("no such target", os.readlink, "moved")


@case
def replaces_what_is_no_directory():
    for kind in OTHERS:
        for there in OTHERS:
            source, target, other = make(kind), make(there), fresh()
            os.link(target, other)
            number, gone = os.lstat(source).st_ino, os.lstat(target).st_ino
            works("rename", source, target)
            absent(source)
            has(target, ino=number, kind=kind, nlink=1)
            has(other, ino=gone, kind=there, nlink=1)


@case
def replaces_an_empty_directory_by_a_directory():
    for filled in (False, True):
        source, target = make("directory"), make("directory")
        if filled:
            make("file", source + "/inner")
        number = os.lstat(source).st_ino
        works("rename", source, target)
        absent(source)
        has(target, ino=number, kind="directory")
        holds(["inner"] if filled else [], os.listdir(target), "what is in it")
        full = make("directory")
        for kind in KINDS:
            name = make(kind, full + "/x")
            fails("ENOTEMPTY", "rename", target, full)
            has(name, kind=kind)
            os.rmdir(name) if kind == "directory" else os.unlink(name)
        works("rename", target, full)


@case
def directories_and_others_do_not_mix():
    for kind in OTHERS:
        other, directory = make(kind), make("directory")
        fails("EISDIR", "rename", other, directory)
        fails("ENOTDIR", "rename", directory, other)
        has(other, kind=kind)
        has(directory, kind="directory")


@case
def names_of_one_object_are_left_alone():
    for kind in OTHERS:
        one, two = make(kind), fresh()
        os.link(one, two)
        works("rename", one, two)
        for name in (one, two):
            has(name, nlink=2, kind=kind)
        works("rename", one, one)
        has(one, nlink=2)
    directory = make("directory")
    works("rename", directory, directory)
    works("rename", directory, "./" + directory)
    has(directory, kind="directory")


@case
def not_beneath_itself_and_not_over_an_ancestor():
    a = make("directory")
    os.makedirs(a + "/b/c")
    for target in (a + "/x", a + "/b/x", a + "/b/c/x", a + "/b", a + "/b/c"):
        fails("EINVAL", "rename", a, target)
    fails("EINVAL", *exchange(a, a + "/b"))
    fails("ENOTEMPTY", "rename", a + "/b/c", a)
    fails("ENOTEMPTY", "rename", a + "/b/c", a + "/b")
    fails("EINVAL", *exchange(a + "/b/c", a))
    works("rename", a + "/b/c", "c")
    has(a + "/b", nlink=2)
    for dots in (".", "..", a + "/.", a + "/.."):
        fails("EBUSY", "rename", dots, fresh())
        fails("EBUSY", "rename", a, dots)


@case
def parents_count_their_directories():
    here, there = make("directory"), make("directory")
    os.mkdir(here + "/x")
    has(here, nlink=3)
    works("rename", here + "/x", there + "/y")
    has(here, nlink=2)
    has(there, nlink=3)
    has(there + "/y/..", ino=os.lstat(there).st_ino)
    os.mkdir(here + "/z")
    works("rename", here + "/z", there + "/y")
    has(here, nlink=2)
    has(there, nlink=3)
    make("file", here + "/file")
    works(*exchange(here + "/file", there + "/y"))
    has(here, nlink=3)
    has(there, nlink=2)


@case
def no_replace_meets_eexist():
    for kind in KINDS:
        for there in KINDS:
            source, target = make(kind), make(there)
            fails("EEXIST", *no_replace(source, target))
            has(source, kind=kind)
            has(target, kind=there)
        source, target = make(kind), fresh()
        works(*no_replace(source, target))
        absent(source)
        has(target, kind=kind)
        fails("ENOENT", *no_replace(source, fresh()))
        fails("EEXIST", *no_replace(target, target))


@case
def exchange_swaps_any_two():
    for kind in KINDS:
        for there in KINDS:
            one, two = make(kind), make(there)
            first, second = os.lstat(one).st_ino, os.lstat(two).st_ino
            works(*exchange(one, two))
            has(one, ino=second, kind=there)
            has(two, ino=first, kind=kind)
        fails("ENOENT", *exchange(make(kind), fresh()))
        fails("ENOENT", *exchange(fresh(), make(kind)))
    full, empty = make("directory"), make("directory")
    make("file", full + "/x")
    works(*exchange(full, empty))
    holds(["x"], os.listdir(empty), "what moved along")


@case
def other_flags():
    name = make()
    fails("EINVAL", "renameat2", AT_FDCWD, name, AT_FDCWD, fresh(), RENAME_NOREPLACE | RENAME_EXCHANGE)
    fails("EINVAL", "renameat2", AT_FDCWD, name, AT_FDCWD, fresh(), RENAME_EXCHANGE | RENAME_WHITEOUT)
    for flag in (8, 16, 1 << 20):
        fails("EINVAL", "renameat2", AT_FDCWD, name, AT_FDCWD, fresh(), flag)
    works("renameat2", AT_FDCWD, name, AT_FDCWD, "away", RENAME_WHITEOUT)
    has(name, kind="char", rdev=0)
    has("away", kind="file", size=4)


@case
def needs_permission_for_both_directories():
    for source_mode in range(8):
        for target_mode in (0, 1, 2, 3, 7):
            source = make("directory", owner=OWNER, mode=source_mode << 6)
            target = make("directory", owner=OWNER, mode=target_mode << 6)
            make("file", source + "/x")
            right = source_mode & 3 == 3 and target_mode & 3 == 3
            comes(None if right else "EACCES", "rename", source + "/x", target + "/y", by=OWNER)
            has((target + "/y") if right else (source + "/x"), size=4)
    # Moving a directory to another parent rewrites its "..": that wants write permission of itself.
    for mode, other_parent in ((0o755, None), (0o555, "EACCES"), (0o511, "EACCES"), (0o200, None)):
        source, target = world(), world()
        os.mkdir(source + "/d")
        os.chown(source + "/d", OWNER.uid, OWNER.gid)
        os.chmod(source + "/d", mode)
        works("rename", source + "/d", source + "/e", by=OWNER)
        comes(other_parent, "rename", source + "/e", target + "/d", by=OWNER)
    # Of an object without write permission only its directory counts.
    place = world()
    for kind in OTHERS:
        name = make(kind, place + "/" + fresh(), mode=0)
        works("rename", name, place + "/taken", by=OTHER)


@case
def open_files_go_on():
    one, two = make(data=b"one"), make(data=b"two")
    first, second = os.open(one, os.O_RDWR), os.open(two, os.O_RDWR)
    works("rename", one, two)
    gives(b"one", os.pread, first, 9, 0)
    gives(b"two", os.pread, second, 9, 0)
    has(first, nlink=1)
    has(second, nlink=0)
    os.write(second, b"lost")
    with open(two, "rb") as file:
        holds(b"one", file.read(), "data under the name")
    os.close(first), os.close(second)
    directory = make("directory")
    fd = os.open(directory, os.O_RDONLY)
    works("rename", directory, "elsewhere")
    works("mkdirat", fd, "inside", 0o755)
    has("elsewhere/inside", kind="directory")
    gone = make("directory")
    held = os.open(gone, os.O_RDONLY)
    works("rename", "elsewhere", gone)
    fails("ENOENT", "mkdirat", held, "x", 0o755)
    has(held, nlink=0)
    os.close(fd), os.close(held)


@case
def a_working_directory_moves_along():
    os.makedirs("one/two/three")
    here = os.getcwd()
    os.chdir("one/two/three")
    try:
        works("rename", "../../../one", "../../../other")
        gives(here + "/other/two/three", os.getcwd)
        make("file", "made")
        works("rename", "made", "../../up")
        has(here + "/other/up", kind="file")
        has("../..", ino=os.lstat(here + "/other").st_ino)
    finally:
        os.chdir(here)


@case
def symlinks_at_the_end_are_not_followed():
    target = make()
    os.symlink(target, "link")
    works("rename", "link", "moved")
    has("moved", kind="symlink")
    works("rename", make(data=b"other"), "moved")
    has("moved", kind="file", size=5)
    has(target, size=4)
    os.symlink(make("directory"), "to-directory")
    fails("ENOTDIR", "rename", make("directory"), "to-directory")
    fails("ENOTDIR", "rename", target, "away/")
    fails("ENOTDIR", "rename", target + "/", "away")
    directory = make("directory")
    works("rename", directory + "/", "with-slash/")
    has("with-slash", kind="directory")


@case
def other_file_systems():
    name = make()
    fails("EXDEV", "rename", name, "/dev/shm/" + fresh())
    fails("EXDEV", "rename", "/proc/self/status", fresh())
    fails("EXDEV", *exchange(name, "/dev/null"))
    has(name, size=4)


@case
def at_calls():
    here, there = make("directory"), make("directory")
    make("file", here + "/x")
    source, target = (os.open(each, os.O_RDONLY) for each in (here, there))
    works("renameat", source, "x", target, "y")
    has(there + "/y", size=4)
    fails("ENOENT", "renameat", source, "x", target, "y")
    os.close(source)
    fails("EBADF", "renameat", source, "x", target, "z")
    fails("EBADF", "renameat", target, "y", source, "z")
    os.close(target)
    with about("by other callers"):
        comes("EACCES", "rename", there + "/y", here + "/y", by=MEMBER)
        comes(None, "rename", there + "/y", here + "/y", by=ROOT)


@case
def path_errors_of_the_source():
    check_paths(PathCall("rename from", lambda path: os.rename(path, "../moved"), follows=False))


@case
def path_errors_of_the_target():
    make("file", "source")
    os.chmod(".", 0o777)

    def rename_to(path):
        os.rename("../source", path)
        os.rename(path, "../source")

    check_paths(PathCall("rename to", rename_to, needs=None))
