"""unlink, unlinkat, and what remains of an unlinked object (unlink(2))."""
import os

from calls import AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, times
from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, about, absent, case, comes, fails, fresh, gives, has, make, works,
                     world)
from paths import PathCall, check_paths

LINKABLE = [kind for kind in KINDS if kind != "directory"]


@case
def removes_every_kind_but_directories():
    for kind in LINKABLE:
        for path in (fresh(), world() + "/x"):
            make(kind, path, mode=0)
            works("unlink", path)
            absent(path)
            fails("ENOENT", "unlink", path)
            make(kind, path)
            works("unlinkat", AT_FDCWD, path, 0)
            absent(path)
            make("directory" if kind == "file" else "file", path)
            has(path, kind="directory" if kind == "file" else "file")
    directory = make("directory")
    for caller in (ROOT, OWNER):
        os.chmod(".", 0o777)
        fails("EISDIR", "unlink", directory, by=caller)
    fails("EISDIR", "unlink", ".")
    fails("EISDIR", "unlink", "..")
    fails("ENOTDIR", "unlink", make() + "/")
    fails("EISDIR", "unlink", directory + "/")
    fails("ENOENT", "unlink", "nothing/")
    fails("EINVAL", "unlinkat", AT_FDCWD, make(), 0x80000)
    fails("ENOTDIR", "unlinkat", AT_FDCWD, make(), AT_REMOVEDIR)


@case
def of_a_symlink_leaves_its_target():
    target, place = make(), make("directory")
    os.symlink(target, "link")
    os.symlink(place, "place-link")
    works("unlink", "link")
    works("unlink", "place-link")
    has(target, kind="file")
    has(place, kind="directory")
    os.symlink(place, "place-link")
    fails("ENOTDIR", "unlink", "place-link/")
    has("place-link", kind="symlink")


@case
def takes_one_name_of_several():
    for kind in LINKABLE:
        name = make(kind)
        number = os.lstat(name).st_ino
        others = [fresh() for _ in range(3)]
        for each in others:
            os.link(name, each)
        for left in (3, 2, 1):
            works("unlink", others.pop())
            has(name, nlink=left, ino=number, kind=kind)


@case
def needs_permission_for_the_directory_alone():
    for kind in LINKABLE:
        for bits in range(8):
            for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
                place = make("directory", owner=OWNER, mode=bits << shift)
                name = make(kind, place + "/x", mode=0)
                comes(None if bits & 3 == 3 else "EACCES", "unlink", name, by=caller)
                if bits & 3 == 3:
                    absent(name)
                else:
                    has(name, kind=kind)


@case
def an_unlinked_file_lives_while_it_is_open():
    for mode in (os.O_RDWR, os.O_RDWR | os.O_APPEND, os.O_RDWR | os.O_SYNC):
        name = make(data=b"0123456789", owner=OWNER, mode=0o640)
        fd, second = os.open(name, mode), os.open(name, os.O_RDONLY)
        works("unlink", name)
        has(fd, nlink=0, size=10, uid=OWNER.uid, mode=0o640, kind="file")
        gives(b"345", os.pread, fd, 3, 3)
        os.lseek(fd, 0, os.SEEK_END)
        gives(3, os.write, fd, b"abc")
        has(second, size=13, nlink=0)
        gives(b"9abc", os.pread, second, 10, 9)
        works(os.ftruncate, fd, 5)
        has(second, size=5)
        works(os.fchmod, fd, 0o604)
        works(os.fchown, fd, 3, 4)
        works("futimens", fd, times((0, 5), (0, 6)))
        has(second, mode=0o604, uid=3, gid=4, mtime=6)
        works(os.setxattr, fd, "user.late", b"value")
        gives(b"value", os.getxattr, second, "user.late")
        works(os.fsync, fd)
        works(os.posix_fallocate, fd, 0, 8192)
        has(second, size=8192)
        with about("opened again through /proc"):
            again = os.open("/proc/self/fd/%d" % fd, os.O_RDWR)
            gives(b"01234", os.pread, again, 5, 0)
            gives(2, os.pwrite, again, b"XY", 0) if not mode & os.O_APPEND else None
            has(again, nlink=0)
            os.close(again)
        fails("ENOENT", "linkat", fd, "", AT_FDCWD, "back", AT_EMPTY_PATH)
        make("file", name, data=b"new")
        has(name, size=3, nlink=1)
        has(fd, size=8192, nlink=0)
        os.close(fd), os.close(second)
        has(name, size=3, nlink=1)
        os.unlink(name)


@case
def an_unlinked_object_lives_while_it_is_held():
    """By O_PATH, which tells the file system nothing."""
    for kind in LINKABLE:
        name = make(kind, mode=0o641)
        fd = os.open(name, os.O_PATH | os.O_NOFOLLOW)
        number = os.fstat(fd).st_ino
        works("unlink", name)
        with about("of kind", kind):
            has(fd, nlink=0, kind=kind, ino=number)
            works("chmod", "/proc/self/fd/%d" % fd, 0o700) if kind != "symlink" else None
            has(fd, mode=0o777 if kind == "symlink" else 0o700)
            works("fchownat", fd, "", 7, 8, AT_EMPTY_PATH)
            has(fd, uid=7, gid=8)
            fails("ENOENT", "linkat", fd, "", AT_FDCWD, "back", AT_EMPTY_PATH)
            if kind == "symlink":
                gives("no such target", lambda: os.readlink("", dir_fd=fd), what="readlink")
        os.close(fd)


@case
def an_unlinked_fifo_goes_on():
    name = make("fifo")
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(name, os.O_WRONLY)
    works("unlink", name)
    has(reader, nlink=0, kind="fifo")
    os.write(writer, b"still")
    gives(b"still", os.read, reader, 10)
    works(os.fchmod, reader, 0o600)
    has(writer, mode=0o600)
    os.close(reader), os.close(writer)


@case
def names_come_and_go():
    """No answer about a name outlives the name."""
    for kind in LINKABLE:
        for _ in range(10):
            name = make(kind, "same")
            has(name, nlink=1, kind=kind)
            works("unlink", name)
            absent(name)


@case
def path_errors():
    check_paths(PathCall("unlink", lambda path: os.unlink(path), follows=False))
