"""Reads a directory in every way there is and checks that each name comes exactly once.

usage: directory-reader.py fill DIRECTORY COUNT | directory-reader.py read|read-changing DIRECTORY COUNT
       directory-reader.py list-and-stat DIRECTORY COUNT
The directory gets COUNT entries "stays-N"; "read-changing" lets others come and go while they are read.
"""
import collections
import ctypes
import os
import random
import signal
import struct
import sys

from posix_calls import DirectoryStream, checked, libc

GETDENTS64 = 217
BUFFERS = [280, 1000, 4096, 32_768, 1 << 20]


def getdents(path, size):
    """(cookie, name) of all entries by getdents64(2) with a buffer of `size` bytes."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    buffer = ctypes.create_string_buffer(size)
    view = memoryview(buffer).cast("B")
    while (got := checked(libc.syscall(GETDENTS64, fd, buffer, size))) > 0:
        at = 0
        while at < got:
            _, cookie, length, _ = struct.unpack_from("<QqHB", view, at)
            yield cookie, bytes(view[at + 19 : at + length]).split(b"\0")[0]
            at += length
    os.close(fd)


def check(names, count, how):
    stays = [name for name in names if name.startswith(b"stays-")]
    assert len(stays) == len(set(stays)), "%s: %d names twice" % (how, len(stays) - len(set(stays)))
    assert len(stays) == count, "%s: %d of %d names" % (how, len(stays), count)
    assert names.count(b".") == 1 and names.count(b"..") == 1, "%s: . or .." % how


def seek(path, count):
    stream = DirectoryStream(path)
    order, cookies = [], [stream.tell()]
    while (entry := stream.next()) is not None:
        order.append(entry[0])
        cookies.append(stream.tell())
    check(order, count, "readdir")
    for position in random.Random(1).sample(range(len(order)), min(20, len(order))) + [0, len(order) - 1]:
        stream.seek(cookies[position])
        assert stream.next()[0] == order[position], "seekdir to entry %d" % position
    stream.seek(cookies[len(order)])
    assert stream.next() is None, "seekdir to the end"
    stream.rewind()
    check([name for name, _ in stream.rest()], count, "rewinddir")
    stream.close()


def change(path):
    """Adds, renames and removes entries until it is killed."""
    os.chdir(path)
    names = collections.deque()
    for number in range(1_000_000):
        name = "goes-%d-%s" % (number, "long" * (number % 50))
        open(name, "w").close()
        if number % 3 == 0:
            os.rename(name, name + "-on")
            name += "-on"
        names.append(name)
        if len(names) > 300:
            os.unlink(names.popleft())


def fill(path, count):
    os.chdir(path)
    for number in range(count):
        open("stays-%d" % number, "w").close()


def main():
    what, path, count = sys.argv[1], os.fsencode(sys.argv[2]), int(sys.argv[3])
    if what == "fill":
        fill(path, count)
        return
    # The smallest buffer means a system call for every few entries.
    sizes = BUFFERS if count <= 10_000 else BUFFERS[2:4]
    if what == "list-and-stat":
        for _, name in list(getdents(path, BUFFERS[-1])):
            os.lstat(os.path.join(path, name))
        return
    if what == "read":
        for size in sizes:
            check([name for _, name in getdents(path, size)], count, "a buffer of %d" % size)
        seek(path, count)
        return
    changer = os.fork()
    if changer == 0:
        change(path)
    try:
        for size in sizes:
            check([name for _, name in getdents(path, size)], count, "a changing directory, a buffer of %d" % size)
    finally:
        ended = os.waitpid(changer, os.WNOHANG)
        os.kill(changer, signal.SIGKILL) if ended == (0, 0) else sys.exit("the changer ended with %r" % (ended,))
        os.waitpid(changer, 0)


main()
