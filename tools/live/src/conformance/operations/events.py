"""Being told of changes and of readiness: inotify, poll, select, epoll (inotify(7), poll(2), epoll(7))."""
import ctypes
import os
import select
import struct

from calls import call
from differences import Tree, rightly
from harness import about, case, comes, fails, holds, make, works

NAMES = {"ACCESS": 1, "MODIFY": 2, "ATTRIB": 4, "CLOSE_WRITE": 8, "CLOSE_NOWRITE": 16, "OPEN": 32, "MOVED_FROM": 64,
         "MOVED_TO": 128, "CREATE": 256, "DELETE": 512, "DELETE_SELF": 1024, "MOVE_SELF": 2048}
ALL = 0xFFF
ISDIR = 0x40000000


class Watcher:
    def __init__(self, path, mask=ALL):
        self.fd = call("inotify_init1", os.O_NONBLOCK)
        call("inotify_add_watch", self.fd, path, mask)

    def events(self):
        """What happened: ["CREATE x", "OPEN x", …], in order."""
        told = []
        while True:
            try:
                data = os.read(self.fd, 65_536)
            except BlockingIOError:
                return told
            at = 0
            while at < len(data):
                _, mask, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16 : at + 16 + length].rstrip(b"\0").decode()
                told += ["%s %s" % (each, name) if name else each for each, bit in NAMES.items() if mask & bit]
                at += 16 + length

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


def use(path, flags, action):
    fd = os.open(path, flags)
    try:
        action(fd)
    finally:
        os.close(fd)


@case
def of_a_directory():
    os.mkdir("d")
    os.mkdir("elsewhere")
    steps = [
        (lambda: os.close(os.open("d/x", os.O_CREAT | os.O_WRONLY)), ["CREATE x", "OPEN x", "CLOSE_WRITE x"]),
        (lambda: use("d/x", os.O_WRONLY, lambda fd: os.write(fd, b"data")), ["OPEN x", "MODIFY x", "CLOSE_WRITE x"]),
        (lambda: use("d/x", os.O_RDONLY, lambda fd: os.read(fd, 4)), ["OPEN x", "ACCESS x", "CLOSE_NOWRITE x"]),
        (lambda: os.close(os.open("d/x", os.O_WRONLY | os.O_TRUNC)), ["MODIFY x", "OPEN x", "CLOSE_WRITE x"]),
        (lambda: os.truncate("d/x", 10), ["MODIFY x"]),
        (lambda: os.chmod("d/x", 0o600), ["ATTRIB x"]),
        (lambda: os.chown("d/x", 1, 1), ["ATTRIB x"]),
        (lambda: os.utime("d/x", (1, 1)), ["ATTRIB x"]),
        (lambda: os.setxattr("d/x", "user.x", b"1"), ["ATTRIB x"]),
        (lambda: os.link("d/x", "d/y"), ["CREATE y"]),
        (lambda: os.rename("d/x", "d/z"), ["MOVED_FROM x", "MOVED_TO z"]),
        (lambda: os.rename("d/z", "elsewhere/z"), ["MOVED_FROM z"]),
        (lambda: os.rename("elsewhere/z", "d/back"), ["MOVED_TO back"]),
        (lambda: os.unlink("d/y"), ["DELETE y"]),
        (lambda: os.unlink("d/back"), ["DELETE back"]),
        (lambda: os.mkdir("d/sub"), ["CREATE sub"]),
        (lambda: os.rename("d/sub", "d/sup"), ["MOVED_FROM sub", "MOVED_TO sup"]),
        (lambda: os.rmdir("d/sup"), ["DELETE sup"]),
        (lambda: os.symlink("to", "d/link"), ["CREATE link"]),
        (lambda: os.mkfifo("d/pipe"), ["CREATE pipe"]),
        (lambda: os.listdir("d"), ["OPEN", "ACCESS", "CLOSE_NOWRITE"]),
        (lambda: os.lstat("d/link"), []),
        (lambda: os.chmod("d", 0o700), ["ATTRIB"]),
    ]
    with Watcher("d") as watcher:
        for number, (act, wanted) in enumerate(steps):
            act()
            told = watcher.events()
            with about("step", number):
                # A file's own changes are told in the order of the calls; which half of one call comes first is not said.
                holds(sorted(wanted), sorted(set(told)), "the events")


@case
def of_a_file():
    name = make(data=b"0123456789")
    steps = [
        (lambda: use(name, os.O_RDONLY, lambda fd: os.pread(fd, 4, 0)), ["OPEN", "ACCESS", "CLOSE_NOWRITE"]),
        (lambda: use(name, os.O_RDWR, lambda fd: os.pwrite(fd, b"x", 0)), ["OPEN", "MODIFY", "CLOSE_WRITE"]),
        (lambda: use(name, os.O_RDWR, lambda fd: os.ftruncate(fd, 3)), ["OPEN", "MODIFY", "CLOSE_WRITE"]),
        (lambda: os.chmod(name, 0o600), ["ATTRIB"]),
        (lambda: os.link(name, "second"), ["ATTRIB"]),
        (lambda: os.unlink("second"), ["ATTRIB"]),
        (lambda: os.rename(name, "moved"), ["MOVE_SELF"]),
        (lambda: os.unlink("moved"), ["ATTRIB", "DELETE_SELF"]),
    ]
    with Watcher(name) as watcher:
        for number, (act, wanted) in enumerate(steps):
            act()
            with about("step", number):
                holds(sorted(wanted), sorted(set(watcher.events())), "the events")


@case
def of_what_is_replaced():
    target = make()
    source = make()
    with Watcher(target) as watcher:
        os.rename(source, target)
        holds(["ATTRIB", "DELETE_SELF"], sorted(watcher.events()), "the events of a file that is renamed over")
    place = make("directory")
    with Watcher(place) as watcher:
        os.rmdir(place)
        holds(["DELETE_SELF"], watcher.events(), "the events of a removed directory")
    watcher = call("inotify_init1", 0)
    for path, mask, result in (("missing", ALL, "ENOENT"), (target, 0, "EINVAL"), (target, ALL | 0x01000000, "ENOTDIR"),
                               (target, ALL, None)):
        comes(result, "inotify_add_watch", watcher, path, mask)
    os.close(watcher)


@case
def of_changes_beneath():
    with Watcher(".") as watcher:
        os.mkdir(os.path.join(Tree.lower, "made-beneath"))
        told = ["CREATE made-beneath"] if rightly("a change beneath is told to watchers") else []
        holds(told, watcher.events(), "the events")
    with Watcher(Tree.lower) as watcher:
        os.mkdir("made-above")
        holds(["CREATE made-above"], watcher.events(), "the events beneath of a change above")


@case
def files_are_always_ready():
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        fd = os.open(make(data=b""), flags)
        poller = select.poll()
        poller.register(fd, select.POLLIN | select.POLLOUT | select.POLLPRI)
        holds([(fd, select.POLLIN | select.POLLOUT)], poller.poll(0), "poll of a file")
        holds(([fd], [fd], []), select.select([fd], [fd], [], 0), "select of a file")
        epoll = select.epoll()
        comes(rightly("epoll of a file"), epoll.register, fd, select.EPOLLIN)
        epoll.close()
        os.close(fd)
    directory = os.open(".", os.O_RDONLY)
    poller = select.poll()
    poller.register(directory, select.POLLIN | select.POLLOUT)
    holds([(directory, select.POLLIN | select.POLLOUT)], poller.poll(0), "poll of a directory")
    epoll = select.epoll()
    fails("EPERM", epoll.register, directory, select.EPOLLIN)
    epoll.close()
    os.close(directory)


@case
def fifos_tell_when_they_are_ready():
    name = make("fifo")
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(name, os.O_WRONLY | os.O_NONBLOCK)
    epoll = select.epoll()
    works(epoll.register, reader, select.EPOLLIN)
    holds([], epoll.poll(0), "before there is anything")
    os.write(writer, b"x")
    holds([(reader, select.EPOLLIN)], epoll.poll(0), "after a write")
    os.read(reader, 1)
    os.close(writer)
    holds([(reader, select.EPOLLHUP)], epoll.poll(0), "after the writer has gone")
    epoll.close()
    os.close(reader)
    waiting = ctypes.c_int(0)
    fd = os.open(make(data=b"0123456789"), os.O_RDONLY)
    os.lseek(fd, 4, os.SEEK_SET)
    works("ioctl", fd, 0x541B, ctypes.byref(waiting))
    holds(6, waiting.value, "FIONREAD of a file")
    os.close(fd)
