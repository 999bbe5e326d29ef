"""chmod, fchmod, fchmodat (chmod(2))."""
import os

from calls import AT_FDCWD, AT_SYMLINK_NOFOLLOW
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, has, make, works)
from paths import PathCall, check_paths

MODES = [0, 0o1, 0o12, 0o123, 0o644, 0o700, 0o777, 0o1755, 0o2755, 0o4755, 0o6711, 0o7777]


def through_fd(path, mode):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.fchmod(fd, mode)
    finally:
        os.close(fd)


@case
def sets_all_twelve_bits_of_every_kind():
    for kind in KINDS:
        if kind == "symlink":
            continue
        name = make(kind)
        for mode in MODES:
            works("chmod", name, mode)
            has(name, mode=mode, kind=kind, uid=0)
            works("fchmodat", AT_FDCWD, name, mode ^ 0o111, 0)
            has(name, mode=mode ^ 0o111)
            if kind in ("file", "directory", "fifo"):
                works(through_fd, name, mode)
                has(name, mode=mode, kind=kind)


@case
def every_one_of_the_4096_modes_comes_back():
    name = make()
    for mode in range(0, 0o10000, 37):
        os.chmod(name, mode)
        has(name, mode=mode)
    # The kind is not chmod's to change.
    works("chmod", name, 0o040755)
    has(name, mode=0o755, kind="file")


@case
def follows_symlinks_and_never_changes_one():
    for kind in ("file", "directory", "fifo"):
        name = make(kind)
        os.symlink(name, name + "-link")
        works("chmod", name + "-link", 0o321)
        has(name, mode=0o321)
        has(name + "-link", mode=0o777, kind="symlink")
        fails("EOPNOTSUPP", "fchmodat", AT_FDCWD, name + "-link", 0o600, AT_SYMLINK_NOFOLLOW)
        has(name + "-link", mode=0o777)
        has(name, mode=0o321)
    fails("EINVAL", "fchmodat", AT_FDCWD, make(), 0o600, 0x80000)


@case
def hard_links_share_the_mode():
    name = make()
    os.link(name, "second")
    works("chmod", "second", 0o201)
    has(name, mode=0o201, nlink=2)
    os.unlink("second")
    has(name, mode=0o201, nlink=1)


@case
def is_for_the_owner_and_root_alone():
    for kind in KINDS:
        if kind == "symlink":
            continue
        for owner in (OWNER, OTHER, ROOT):
            for caller in EVERYBODY:
                name = make(kind, owner=owner, mode=0o666)
                if caller in (owner, ROOT):
                    works("chmod", name, 0o511, by=caller)
                    has(name, mode=0o511)
                else:
                    fails("EPERM", "chmod", name, 0o511, by=caller)
                    has(name, mode=0o666)


@case
def an_open_descriptor_gives_no_right_to_fchmod():
    name = make(mode=0o666, owner=OWNER)
    for caller in (MEMBER, OTHER):
        fails("EPERM", through_fd, name, 0o600, by=caller)
    works(through_fd, name, 0o604, by=OWNER)
    fd = os.open(name, os.O_RDONLY)
    acting(OTHER, lambda: fails("EPERM", os.fchmod, fd, 0o777))
    acting(OWNER, lambda: works(os.fchmod, fd, 0o640))
    os.close(fd)
    has(name, mode=0o640)
    path_only = os.open(name, os.O_PATH)
    fails("EBADF", os.fchmod, path_only, 0o600)
    os.close(path_only)
    fails("EBADF", os.fchmod, 999, 0o600)


@case
def sgid_falls_when_the_owner_is_not_in_the_group():
    for kind in ("file", "directory", "fifo"):
        for group, caller, kept in ((OWNER.gid, OWNER, True), (20001, OWNER, False), (20001, ROOT, True),
                                    (0, OWNER, False)):
            for mode in (0o2755, 0o6755, 0o2644, 0o7777):
                name = make(kind, owner=(OWNER.uid, group))
                works("chmod", name, mode, by=caller)
                with about("mode %o, group %d by %s" % (mode, group, caller.name)):
                    has(name, mode=mode if kept else mode & ~0o2000, gid=group)
    # A supplementary group is as good.
    for mode in (0o2755, 0o2711, 0o2666):
        for kind in ("file", "directory"):
            name = make(kind, owner=(MEMBER.uid, 20001))
            works("chmod", name, mode, by=MEMBER)
            has(name, mode=mode)


@case
def sticky_bit_of_a_file_is_the_owners_to_set():
    for kind in ("file", "directory", "fifo"):
        name = make(kind, owner=OWNER)
        works("chmod", name, 0o1755, by=OWNER)
        has(name, mode=0o1755)
        works("chmod", name, 0o755, by=OWNER)
        has(name, mode=0o755)


@case
def a_new_mode_decides_at_once():
    name = make(owner=OWNER, mode=0o600)
    for mode, readable in ((0o600, False), (0o604, True), (0o600, False), (0o644, True), (0, False)):
        os.chmod(name, mode)
        comes(None if readable else "EACCES", "open", name, os.O_RDONLY, by=OTHER)
    directory = make("directory", owner=OWNER, mode=0o700)
    make("file", directory + "/x")
    for mode, open_to_all in ((0o700, False), (0o701, True), (0o700, False)):
        os.chmod(directory, mode)
        comes(None if open_to_all else "EACCES", os.lstat, directory + "/x", by=OTHER)


@case
def an_open_file_outlives_the_loss_of_permission():
    name = make(mode=0o666)

    def keeps_writing():
        fd = os.open(name, os.O_RDWR)
        works("write", fd, b"one", 3)
        os.chmod(name, 0) if os.getuid() == 0 else None
        works("write", fd, b"two", 3)

    acting(ROOT, keeps_writing)
    has(name, mode=0)
    os.chmod(name, 0o666)
    os.chown(name, OWNER.uid, OWNER.gid)

    def closes_it_and_writes():
        fd = os.open(name, os.O_RDWR)
        works("chmod", name, 0)
        works("write", fd, b"one", 3)
        works("pread", fd, bytes(3), 3, 0)
        works("ftruncate", fd, 1)
        fails("EACCES", "open", name, os.O_RDONLY)

    acting(OWNER, closes_it_and_writes)


@case
def path_errors():
    check_paths(PathCall("chmod", lambda path: os.chmod(path, 0o640)))


@case
def at_calls_take_the_directory():
    directory = make("directory")
    make("file", directory + "/x")
    fd = os.open(directory, os.O_RDONLY)
    works("fchmodat", fd, "x", 0o123, 0)
    has(directory + "/x", mode=0o123)
    fails("ENOENT", "fchmodat", fd, "y", 0o123, 0)
    os.close(fd)
    fails("EBADF", "fchmodat", fd, "x", 0o123, 0)
    file = os.open(make(), os.O_RDONLY)
    fails("ENOTDIR", "fchmodat", file, "x", 0o123, 0)
    os.close(file)
