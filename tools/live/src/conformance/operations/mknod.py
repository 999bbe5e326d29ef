"""mknod, mkfifo, and sockets by bind (mknod(2), mkfifo(3), unix(7))."""
import os
import socket
import stat

from calls import AT_FDCWD
from differences import Tree, rightly
from harness import (EVERYBODY, FORMATS, KINDS, MEMBER, OTHER, OWNER, ROOT, about, absent, case, comes, fails, fresh,
                     gives, has, make, works, world)
from paths import PathCall, check_paths

DEVICES = [(0, 0), (1, 3), (8, 1), (255, 255), (259, 70_000), (4095, 0xFFFFF)]
MODES = [0, 0o151, 0o600, 0o644, 0o777, 0o1777, 0o2755, 0o4711, 0o7777]
UMASKS = [0, 0o22, 0o77, 0o345, 0o777]


def bind(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


@case
def makes_every_kind_by_root():
    for kind in ("file", "fifo", "socket", "char", "block"):
        for mode in MODES:
            for umask in UMASKS:
                name = fresh()
                os.umask(umask)
                works("mknod", name, FORMATS[kind] | mode, 0)
                os.umask(0)
                with about("%s, mode %o, umask %o" % (kind, mode, umask)):
                    has(name, mode=mode & ~umask, kind=kind, nlink=1, size=0, uid=0, gid=0)
    # No format is a regular file.
    works("mknod", "plain", 0o640, 0)
    has("plain", kind="file", mode=0o640, size=0)


@case
def device_numbers_come_back():
    for kind in ("char", "block"):
        for major, minor in DEVICES:
            name = fresh()
            works("mknod", name, FORMATS[kind] | 0o600, os.makedev(major, minor))
            has(name, kind=kind, rdev=os.makedev(major, minor))
    for kind in ("file", "fifo", "socket"):
        name = fresh()
        works("mknod", name, FORMATS[kind] | 0o600, os.makedev(1, 3))
        has(name, kind=kind, rdev=0)


@case
def devices_are_for_root():
    place = world()
    for caller in (OWNER, MEMBER, OTHER):
        for kind in ("char", "block"):
            name = place + "/" + fresh()
            fails("EPERM", "mknod", name, FORMATS[kind] | 0o600, os.makedev(1, 3), by=caller)
            absent(name)
        for kind in ("file", "fifo", "socket"):
            name = place + "/" + fresh()
            works("mknod", name, FORMATS[kind] | 0o640, 0, by=caller)
            has(name, kind=kind, uid=caller.uid, gid=caller.gid, mode=0o640)
    fails("EPERM", "mknod", fresh(), stat.S_IFDIR | 0o755, 0)
    fails("EINVAL", "mknod", fresh(), stat.S_IFLNK | 0o755, 0)
    fails("EINVAL", "mknod", fresh(), 0o050755, 0)


@case
def opening_a_device():
    null = make("char")
    comes(rightly("open a device"), "open", null, os.O_RDWR)
    comes(rightly("open a device"), "open", null, os.O_WRONLY | os.O_TRUNC)
    works("open", null, os.O_PATH)
    fails("ENXIO", "open", make("socket"), os.O_RDONLY)


@case
def fifos():
    for mode in MODES:
        for umask in UMASKS:
            name = fresh()
            os.umask(umask)
            works("mkfifo", name, mode)
            os.umask(0)
            has(name, mode=mode & ~umask, kind="fifo", nlink=1)
    name = make("fifo")
    fails("ENXIO", "open", name, os.O_WRONLY | os.O_NONBLOCK)
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(name, os.O_WRONLY | os.O_NONBLOCK)
    gives(5, os.write, writer, b"bytes")
    gives(b"bytes", os.read, reader, 10)
    fails("EAGAIN", os.read, reader, 10)
    fails("ESPIPE", os.lseek, reader, 0, os.SEEK_SET)
    has(name, size=0)
    os.close(writer)
    gives(b"", os.read, reader, 10)
    os.close(reader)


@case
def sockets_by_bind():
    for umask in UMASKS:
        name = fresh()
        os.umask(umask)
        works(bind, name)
        os.umask(0)
        has(name, mode=0o777 & ~umask, kind="socket", nlink=1)
        fails("EADDRINUSE", bind, name)
    place = world()
    for caller in EVERYBODY:
        name = place + "/" + fresh()
        works(bind, name, by=caller)
        has(name, uid=caller.uid, gid=caller.gid, kind="socket")
    closed = make("directory")
    fails("EACCES", bind, closed + "/x", by=OTHER)
    fails("ENOENT", bind, closed + "/missing/x")
    fails("ENOTDIR", bind, make() + "/x")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("talk")
        fails("ECONNREFUSED", client.connect, "talk", what="connect before listen")
        server.listen()
        works(client.connect, "talk")
        peer = server.accept()[0]
        client.send(b"word")
        gives(b"word", peer.recv, 10)
        peer.close()
        os.chmod("talk", 0o644)
        os.unlink("talk")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("private")
        server.listen()
        for mode, result in ((0o777, None), (0o755, "EACCES"), (0o722, None), (0o700, "EACCES"), (0o766, None)):
            os.chmod("private", mode)
            comes(result, connect, "private", by=OTHER)


def connect(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


@case
def ends_in_both_trees():
    name = make("fifo")
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    works("open", name, os.O_WRONLY | os.O_NONBLOCK)
    comes(rightly("a FIFO joins both trees"), "open", os.path.join(Tree.lower, name), os.O_WRONLY | os.O_NONBLOCK)
    os.close(reader)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("listener")
        server.listen()
        works(connect, "listener")
        os.chdir(Tree.lower)
        comes(rightly("a socket joins both trees"), connect, "listener")
        os.chdir(Tree.here)


@case
def never_replaces():
    for kind in KINDS:
        there = make(kind)
        before = os.lstat(there).st_ino
        for new in ("file", "fifo", "char", "block", "socket"):
            fails("EEXIST", "mknod", there, FORMATS[new] | 0o644, 0)
        fails("EEXIST", "mkfifo", there, 0o644)
        has(there, ino=before, kind=kind)
    for name in (".", ".."):
        fails("EEXIST", "mkfifo", name, 0o644)


@case
def set_gid_directories_hand_down_their_group():
    for group in (0, OWNER.gid, 20001, 30000):
        place = make("directory", owner=(0, group), mode=0o2777)
        for caller in EVERYBODY:
            for kind in ("file", "fifo", "socket"):
                name = place + "/" + fresh()
                works("mknod", name, FORMATS[kind] | 0o644, 0, by=caller)
                has(name, uid=caller.uid, gid=group, mode=0o644)


@case
def need_write_and_search_permission():
    for bits in range(8):
        for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
            place = make("directory", owner=OWNER, mode=bits << shift)
            comes(None if bits & 3 == 3 else "EACCES", "mkfifo", place + "/x", 0o644, by=caller)
            works("mkfifo", place + "/y", 0o644, by=ROOT)


@case
def at_calls():
    place = make("directory")
    fd = os.open(place, os.O_RDONLY)
    works("mkfifoat", fd, "x", 0o611)
    has(place + "/x", mode=0o611, kind="fifo")
    works("mknodat", fd, "y", stat.S_IFSOCK | 0o611, 0)
    has(place + "/y", mode=0o611, kind="socket")
    os.close(fd)
    fails("EBADF", "mknodat", fd, "z", stat.S_IFIFO | 0o611, 0)
    works("mknodat", AT_FDCWD, "z", stat.S_IFIFO | 0o611, 0)


@case
def path_errors():
    os.chmod(".", 0o777)
    check_paths(PathCall("mkfifo", lambda path: os.mkfifo(path, 0o644), needs=None, slash="ENOENT"))
    check_paths(PathCall("mknod", lambda path: os.mknod(path, stat.S_IFREG | 0o644), needs=None, slash="ENOENT"))
