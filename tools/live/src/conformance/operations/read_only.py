"""EROFS, EBUSY and ETXTBSY: a read-only mount, a mount point, a running program.

The mounts are made in a mount namespace of a child's own: they end with it.
"""
import os
import shutil
import stat
import subprocess

from calls import AT_FDCWD, CLONE_NEWNS, MS_BIND, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT, RENAME_EXCHANGE, call, times
from harness import KINDS, OTHER, ROOT, acting, case, fails, fresh, gives, has, holds, make, works


def own_namespace():
    call("unshare", CLONE_NEWNS)
    call("mount", None, "/", None, MS_REC | MS_PRIVATE, None)


def bind(source, target, flags=0):
    call("mount", source, target, None, MS_BIND, None)
    if flags:
        call("mount", None, target, None, MS_REMOUNT | MS_BIND | flags, None)


@case
def a_read_only_mount_refuses_every_change():
    place = make("directory", mode=0o777)
    names = {kind: make(kind, place + "/" + kind, mode=0o777) for kind in KINDS}
    os.mkdir(place + "/full")
    make("file", place + "/full/x")
    os.link(names["file"], place + "/second")
    os.setxattr(names["file"], "user.there", b"1")

    def inside():
        own_namespace()
        bind(place, place, MS_RDONLY)
        os.chdir(place)
        for kind in KINDS:
            for name, *arguments in (("lchown", kind, 1, 1), ("link", kind, "new"), ("rename", kind, "new"),
                                     ("rename", kind, "full"), ("utimensat", AT_FDCWD, kind, None, 0x100),
                                     ("lsetxattr", kind, "trusted.x", "v", 1, 0),
                                     ("renameat2", AT_FDCWD, kind, AT_FDCWD, "full", RENAME_EXCHANGE)):
                if not (kind == "directory" and name == "link"):
                    fails("EROFS", name, *arguments)
            fails("EROFS", "rmdir" if kind == "directory" else "unlink", kind)
            if kind != "symlink":
                fails("EROFS", "chmod", kind, 0)
                fails("EROFS", "access", kind, os.W_OK) if kind in ("file", "directory") else None
            fails("EEXIST", "mkdir", kind, 0o755)
            fails("EEXIST", "open", kind, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
            fails("EROFS", "open", "file", flags)
        for name, *arguments in (("truncate", "file", 0), ("mkdir", "new", 0o755), ("mkfifo", "new", 0o644),
                                 ("mknod", "new", stat.S_IFCHR, 259), ("symlink", "to", "new"), ("rmdir", "full"),
                                 ("open", "new", os.O_CREAT | os.O_WRONLY, 0o644), ("removexattr", "file", "user.there"),
                                 ("open", ".", os.O_TMPFILE | os.O_RDWR, 0o600),
                                 ("utimensat", AT_FDCWD, "file", times((1, 1), (1, 1)), 0)):
            fails("EROFS", name, *arguments)
        # What only reads goes on.
        works("open", "file", os.O_RDONLY)
        works("open", "file", os.O_RDONLY | os.O_CREAT, 0o644)
        works("access", "file", os.R_OK)
        works(os.listdir, ".")
        gives(b"1", os.getxattr, "file", "user.there")
        fails("EROFS", "unlink", "nothing")
        fails("ENOENT", "open", "nothing", os.O_WRONLY)
        # FIFOs and sockets are written to all the same.
        reader = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
        works("open", "fifo", os.O_WRONLY | os.O_NONBLOCK)
        os.close(reader)

    acting(ROOT, inside)
    for kind, name in names.items():
        has(name, kind=kind, mode=0o777, uid=0)
    holds(9, len(os.listdir(place)), "names afterwards")


@case
def descriptors_from_before_keep_a_mount_from_being_read_only():
    place = make("directory")
    name = make("file", place + "/x")

    def inside():
        own_namespace()
        bind(place, place)
        fd = os.open(place + "/x", os.O_RDWR)
        fails("EBUSY", "mount", None, place, None, MS_REMOUNT | MS_BIND | MS_RDONLY, None)
        os.close(fd)
        works("mount", None, place, None, MS_REMOUNT | MS_BIND | MS_RDONLY, None)
        fails("EROFS", "open", name, os.O_RDWR)
        works("mount", None, place, None, MS_REMOUNT | MS_BIND, None)
        works("open", name, os.O_RDWR)

    acting(ROOT, inside)


@case
def between_two_mounts_of_one_file_system():
    """rename and link want one mount, not only one file system."""
    one, two = make("directory"), make("directory")
    make("file", one + "/x")

    def inside():
        own_namespace()
        bind(one, two)
        fails("EXDEV", "rename", one + "/x", two + "/y")
        fails("EXDEV", "link", one + "/x", two + "/y")
        has(two + "/x", size=4)

    acting(ROOT, inside)


@case
def a_mount_point_is_busy():
    point, file, other = make("directory"), make(), make("directory")

    def inside():
        own_namespace()
        call("mount", "none", point, "tmpfs", 0, None)
        bind(make(), file)
        fails("EBUSY", "rmdir", point)
        fails("EBUSY", "rename", point, fresh())
        fails("EBUSY", "rename", other, point)
        fails("EBUSY", "unlink", file)
        fails("EBUSY", "rename", file, fresh())
        fails("EBUSY", "rename", make(), file)
        fails("EBUSY", "renameat2", AT_FDCWD, other, AT_FDCWD, point, RENAME_EXCHANGE)
        fails("EXDEV", "rename", make(), point + "/x")
        fails("EXDEV", "link", make(), point + "/x")
        call("umount2", point, 2)
        call("umount2", file, 2)
        works("rename", point, "moved")
        works("unlink", file)

    acting(ROOT, inside)
    has("moved", kind="directory")


@case
def a_running_program_is_busy():
    shutil.copy("/bin/sleep", "program")
    os.chmod("program", 0o777)
    running = subprocess.Popen(["./program", "60"])
    try:
        for caller in (ROOT, OTHER):
            for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_RDWR | os.O_APPEND):
                fails("ETXTBSY", "open", "program", flags, by=caller)
            fails("ETXTBSY", "truncate", "program", 0, by=caller)
            works("open", "program", os.O_RDONLY, by=caller)
        works("chmod", "program", 0o755)
        works("link", "program", "second")
        fails("ETXTBSY", "open", "second", os.O_WRONLY)
        works("rename", "program", "third")
        works("unlink", "second")
        holds(None, running.poll(), "the program runs on")
    finally:
        running.kill()
        running.wait()
    works("open", "third", os.O_RDWR)
    writer = os.open("third", os.O_RDWR)
    fails("ETXTBSY", lambda: subprocess.run(["./third", "0"], check=True), what="running what is open for writing")
    os.close(writer)
    works(lambda: subprocess.run(["./third", "0"], check=True), what="running it afterwards")
