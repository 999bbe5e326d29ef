"""open and its flags (open(2))."""
import os

from calls import AT_FDCWD
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, fresh, gives, has,
                     holds, make, works, world)
from paths import PathCall, check_paths

READ, WRITE, BOTH = os.O_RDONLY, os.O_WRONLY, os.O_RDWR
CREATE, EXCLUSIVE, TRUNCATE, APPEND = os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND
MODES = [0, 0o151, 0o600, 0o644, 0o777, 0o1777, 0o2755, 0o4711, 0o7777]
UMASKS = [0, 0o22, 0o27, 0o77, 0o345, 0o777]


@case
def creates_with_what_the_umask_leaves():
    for access in (READ, WRITE, BOTH):
        for mode in MODES:
            for umask in UMASKS:
                name = fresh()
                os.umask(umask)
                works("open", name, access | CREATE, mode)
                os.umask(0)
                with about("umask %o, mode %o" % (umask, mode)):
                    has(name, mode=mode & ~umask, kind="file", size=0, nlink=1)


@case
def the_mode_of_a_new_file_does_not_bind_its_creator():
    def create_closed():
        for access, may_read, may_write in ((READ, True, False), (WRITE, False, True), (BOTH, True, True)):
            fd = os.open(fresh(), access | CREATE | EXCLUSIVE, 0)
            comes(None if may_write else "EBADF", os.write, fd, b"x")
            comes(None if may_read else "EBADF", os.read, fd, 1)
            os.close(fd)
        name = fresh()
        works("open", name, BOTH | CREATE, 0)
        fails("EACCES", "open", name, READ)

    for caller in (OWNER, OTHER):
        os.chdir(world())
        acting(caller, create_closed)
        os.chdir("..")


@case
def creation_belongs_to_the_caller():
    place = world()
    for caller in EVERYBODY:
        for flags in (CREATE, CREATE | EXCLUSIVE, CREATE | TRUNCATE):
            name = place + "/" + fresh()
            works("open", name, WRITE | flags, 0o640, by=caller)
            has(name, uid=caller.uid, gid=caller.gid, mode=0o640)
    for group in (0, OWNER.gid, 20001, 30000):
        shared = make("directory", owner=(0, group), mode=0o2777)
        for caller in EVERYBODY:
            for mode in (0o644, 0o755, 0o2755, 0o2744):
                name = shared + "/" + fresh()
                works("open", name, WRITE | CREATE, mode, by=caller)
                # S_ISGID with S_IXGRP of a group that is not one's own does not come through.
                inside = caller is ROOT or group in (caller.gid,) + caller.groups
                falls = mode & 0o2010 == 0o2010 and not inside
                with about("mode %o, group %d" % (mode, group)):
                    has(name, uid=caller.uid, gid=group, mode=mode & ~0o2000 if falls else mode)


@case
def existing_files_keep_what_they_are():
    for flags in (CREATE, CREATE | TRUNCATE, TRUNCATE, APPEND, 0):
        name = make(mode=0o612, owner=OWNER, data=b"content")
        works("open", name, BOTH | flags, 0o777)
        has(name, mode=0o612, uid=OWNER.uid, size=0 if flags & TRUNCATE else 7)


@case
def exclusive_creation_meets_anything_with_eexist():
    for kind in KINDS:
        name = make(kind)
        for access in (READ, WRITE, BOTH):
            for more in (0, TRUNCATE, APPEND, os.O_NOFOLLOW):
                fails("EEXIST", "open", name, access | CREATE | EXCLUSIVE | more, 0o644)
        has(name, kind=kind)
    target = make(data=b"full")
    os.symlink(target, "to-file")
    fails("EEXIST", "open", "to-file", WRITE | CREATE | EXCLUSIVE | TRUNCATE, 0o644)
    has(target, size=4)
    os.symlink("to-be-made", "dangling")
    fails("EEXIST", "open", "dangling", WRITE | CREATE | EXCLUSIVE, 0o644)
    fails("ENOENT", "open", "to-be-made", READ)
    works("open", "dangling", WRITE | CREATE, 0o644)
    has("to-be-made", kind="file", size=0)
    has("dangling", kind="symlink")


@case
def truncation():
    name = make(data=b"x" * 10_000)
    for access in (WRITE, BOTH):
        os.truncate(name, 9999)
        works("open", name, access | TRUNCATE)
        has(name, size=0)
    held = os.open(name, BOTH)
    os.write(held, b"0123456789")
    works("open", name, WRITE | TRUNCATE)
    has(held, size=0)
    gives(b"", os.pread, held, 10, 0)
    os.write(held, b"ab")
    gives(b"\0" * 10 + b"ab", os.pread, held, 20, 0)
    os.close(held)
    closed = make(mode=0o444, owner=OWNER, data=b"stays")
    fails("EACCES", "open", closed, WRITE | TRUNCATE, by=OWNER)
    fails("EACCES", "open", closed, READ | TRUNCATE, by=OWNER)
    has(closed, size=5)


@case
def appending():
    name = make(data=b"start.")
    one, two = (os.open(name, BOTH | APPEND) for _ in range(2))
    for number in range(20):
        gives(2, os.write, (one, two)[number % 2], b"%02d" % number)
        has(name, size=6 + 2 * (number + 1))
    gives(b"start." + b"".join(b"%02d" % each for each in range(20)), os.pread, one, 100, 0)
    # Linux appends whatever the offset of pwrite says (pwrite(2), BUGS).
    gives(3, os.pwrite, one, b"end", 0)
    gives(b"start", os.pread, one, 5, 0)
    has(name, size=49)
    os.lseek(two, 0, os.SEEK_SET)
    os.write(two, b"!")
    gives(50, os.lseek, two, 0, os.SEEK_CUR)
    plain = os.open(name, WRITE)
    os.write(plain, b"S")
    gives(b"Start", os.pread, one, 5, 0)
    for fd in (one, two, plain):
        os.close(fd)


@case
def descriptors_do_only_what_they_were_opened_for():
    name = make(data=b"data")
    for access, reads, writes in ((READ, True, False), (WRITE, False, True), (BOTH, True, True)):
        fd = os.open(name, access)
        comes(None if reads else "EBADF", os.read, fd, 1)
        comes(None if reads else "EBADF", os.pread, fd, 1, 0)
        comes(None if writes else "EBADF", os.write, fd, b"x")
        comes(None if writes else "EBADF", os.pwrite, fd, b"x", 0)
        comes(None if writes else "EINVAL", os.ftruncate, fd, 4)
        comes(None if writes else "EBADF", os.posix_fallocate, fd, 0, 4)
        works(os.fsync, fd)
        works(os.fstat, fd)
        os.close(fd)
    fd = os.open(name, os.O_PATH)
    for call, arguments in ((os.read, (1,)), (os.write, (b"x",)), (os.ftruncate, (1,)), (os.fsync, ()), (os.fchmod, (0,)),
                            (os.lseek, (0, 0)), (os.getxattr, ("user.x",))):
        fails("EBADF", call, fd, *arguments)
    works(os.fstat, fd)
    os.close(fd)


@case
def kinds():
    directory = make("directory")
    for flags in (WRITE, BOTH, WRITE | TRUNCATE, READ | CREATE, BOTH | CREATE):
        fails("EISDIR", "open", directory, flags, 0o644)
    fails("EISDIR", "open", directory, READ | TRUNCATE)
    works("open", directory, READ)
    works("open", directory, READ | os.O_DIRECTORY)
    for kind in KINDS:
        if kind != "directory":
            fails("ENOENT" if kind == "symlink" else "ENOTDIR", "open", make(kind), READ | os.O_DIRECTORY)
    fails("EISDIR", "open", "new/", WRITE | CREATE, 0o644)
    fails("EISDIR", "open", directory + "/", READ | CREATE, 0o644)
    fails("ENXIO", "open", make("socket"), READ)
    fails("ENXIO", "open", make("socket"), WRITE)
    fails("ENXIO", "open", make("fifo"), WRITE | os.O_NONBLOCK)
    works("open", make("fifo"), READ | os.O_NONBLOCK)
    fd = os.open(directory, READ)
    fails("EISDIR", os.read, fd, 10)
    fails("EBADF", os.write, fd, b"x")
    os.close(fd)
    fails("EINVAL", "open", directory, READ | CREATE | os.O_DIRECTORY, 0o644)


@case
def symlinks_are_not_followed_when_asked():
    target, place = make(), make("directory")
    os.symlink(target, "link")
    os.symlink(place, "place-link")
    make("file", place + "/x")
    for flags in (READ, WRITE, BOTH, WRITE | TRUNCATE, WRITE | CREATE):
        fails("ELOOP", "open", "link", flags | os.O_NOFOLLOW, 0o644)
        works("open", "link", flags, 0o644)
    fails("ENOTDIR", "open", "place-link", READ | os.O_NOFOLLOW | os.O_DIRECTORY)
    works("open", "place-link/x", READ | os.O_NOFOLLOW)
    fd = os.open("link", os.O_PATH | os.O_NOFOLLOW)
    has(fd, kind="symlink")
    gives(target, lambda: os.readlink("", dir_fd=fd), what="readlinkat of the descriptor")
    os.close(fd)


@case
def nameless_files():
    for mode in (0, 0o600, 0o644, 0o4755):
        for umask in (0, 0o77):
            os.umask(umask)
            fd = os.open(".", os.O_TMPFILE | BOTH, mode)
            os.umask(0)
            has(fd, mode=mode & ~umask, nlink=0, size=0, kind="file")
            gives(4, os.write, fd, b"text")
            gives(b"text", os.pread, fd, 10, 0)
            os.close(fd)
    holds([], os.listdir("."), "names left")
    fails("EINVAL", "open", ".", os.O_TMPFILE | READ, 0o600)
    fails("ENOTDIR", "open", make(), os.O_TMPFILE | BOTH, 0o600)
    fails("ENOENT", "open", "missing", os.O_TMPFILE | BOTH, 0o600)
    place = world()

    def of_caller():
        fd = os.open(place, os.O_TMPFILE | BOTH, 0o600)
        has(fd, uid=os.getuid(), gid=os.getgid())
        fails("EACCES", "open", closed, os.O_TMPFILE | BOTH, 0o600)

    closed = make("directory")
    for caller in (OWNER, OTHER):
        acting(caller, of_caller)


@case
def permission_by_access_mode():
    for bits in range(8):
        for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
            name = make(owner=OWNER, mode=bits << shift)
            for flags, needed in ((READ, 4), (WRITE, 2), (BOTH, 6), (WRITE | TRUNCATE, 2), (READ | TRUNCATE, 6),
                                  (WRITE | APPEND, 2), (READ | CREATE, 4), (os.O_PATH, 0)):
                comes(None if bits & needed == needed else "EACCES", "open", name, flags, 0o644, by=caller)
            works("open", name, BOTH)


@case
def creating_needs_the_directory():
    for bits in range(8):
        place = make("directory", owner=OWNER, mode=bits << 6)
        make("file", place + "/there", mode=0o666)
        comes(None if bits & 3 == 3 else "EACCES", "open", place + "/new", WRITE | CREATE, 0o644, by=OWNER)
        comes(None if bits & 1 else "EACCES", "open", place + "/there", WRITE | CREATE, 0o644, by=OWNER)
        comes("EEXIST" if bits & 1 else "EACCES", "open", place + "/there", WRITE | CREATE | EXCLUSIVE, 0o644, by=OWNER)


@case
def noatime_is_for_the_owner():
    name = make(mode=0o666, owner=OWNER)
    for caller, result in ((ROOT, None), (OWNER, None), (MEMBER, "EPERM"), (OTHER, "EPERM")):
        comes(result, "open", name, READ | os.O_NOATIME, by=caller)


@case
def synchronous_flags_read_and_write_as_ever():
    for flags in (os.O_SYNC, os.O_DSYNC, os.O_RSYNC, os.O_NONBLOCK, os.O_CLOEXEC, os.O_NOCTTY, os.O_LARGEFILE):
        name = fresh()
        fd = os.open(name, BOTH | CREATE | flags, 0o600)
        gives(5, os.write, fd, b"bytes")
        gives(b"bytes", os.pread, fd, 9, 0)
        has(name, size=5)
        os.close(fd)


@case
def the_fourth_access_mode():
    """Linux: a descriptor that neither reads nor writes, for which both permissions are asked (open(2), NOTES)."""
    for bits in range(8):
        name = make(owner=OWNER, mode=bits << 6)
        comes(None if bits & 6 == 6 else "EACCES", "open", name, 3, by=OWNER)
    fd = os.open(make(), 3)
    fails("EBADF", os.read, fd, 1)
    fails("EBADF", os.write, fd, b"x")
    os.close(fd)


@case
def at_calls():
    place = make("directory")
    fd = os.open(place, READ)
    works("openat", fd, "x", WRITE | CREATE, 0o611)
    has(place + "/x", mode=0o611)
    os.close(fd)
    fails("EBADF", "openat", fd, "x", READ)
    works("openat", AT_FDCWD, place + "/x", READ)
    file = os.open(make(), READ)
    fails("ENOTDIR", "openat", file, "x", READ)
    os.close(file)


@case
def path_errors_of_opening():
    check_paths(PathCall("open", lambda path: os.close(os.open(path, READ))))
    check_paths(PathCall("open to write", lambda path: os.close(os.open(path, WRITE | TRUNCATE)), slash="ENOTDIR"))
    check_paths(PathCall("O_PATH", lambda path: os.close(os.open(path, os.O_PATH))))


@case
def path_errors_of_creating():
    check_paths(PathCall("create", lambda path: os.close(os.open(path, WRITE | CREATE, 0o644)), needs=None, slash="EISDIR"))
    check_paths(PathCall("create exclusively", lambda path: os.close(os.open(path, WRITE | CREATE | EXCLUSIVE, 0o644)),
                         needs=None, slash="EISDIR"))
