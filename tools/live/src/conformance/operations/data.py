"""Reading and writing: places, offsets, vectors, flags, appends (read(2), write(2), lseek(2), fcntl(2))."""
import fcntl
import mmap
import os

from harness import OWNER, case, fails, gives, has, holds, make, works

PAGE = 4096
LAST = (1 << 63) - 1


def opened(name, flags=os.O_RDWR):
    return os.open(name, flags)


def content(name):
    with open(name, "rb") as file:
        return file.read()


def pattern(size):
    return bytes((at * 7 + at // 251) % 255 + 1 for at in range(size))


@case
def reads_and_writes_of_any_size_and_place():
    sizes = (1, 2, 511, PAGE - 1, PAGE, PAGE + 1, 65_536, 131_073, 1_100_000)
    for size in sizes:
        for at in (0, 1, 511, PAGE - 1, PAGE, 3 * PAGE + 5):
            name = make(data=b"")
            fd = opened(name)
            data = pattern(size)
            gives(size, os.pwrite, fd, data, at)
            has(name, size=at + size)
            holds(True, os.pread(fd, size + 10, at) == data, "%d bytes at %d" % (size, at))
            holds(b"\0" * at, os.pread(fd, at, 0), "the hole before")
            gives(b"", os.pread, fd, 10, at + size)
            os.close(fd)
            holds(True, content(name) == b"\0" * at + data, "the same through another descriptor")
            os.unlink(name)


@case
def offsets():
    fd = opened(make(data=b"0123456789"))
    for whence, offset, result in ((os.SEEK_SET, 3, 3), (os.SEEK_CUR, 4, 7), (os.SEEK_END, -1, 9), (os.SEEK_END, 5, 15),
                                   (os.SEEK_CUR, -15, 0), (os.SEEK_SET, 1 << 40, 1 << 40)):
        gives(result, os.lseek, fd, offset, whence)
        gives(result, os.lseek, fd, 0, os.SEEK_CUR)
    for whence, offset in ((os.SEEK_SET, -1), (os.SEEK_END, -11), (os.SEEK_CUR, -(1 << 41)), (9, 0)):
        fails("EINVAL", os.lseek, fd, offset, whence)
    os.lseek(fd, 20, os.SEEK_SET)
    gives(b"", os.read, fd, 10)
    gives(1, os.write, fd, b"x")
    gives(b"9" + b"\0" * 10 + b"x", os.pread, fd, 20, 9)
    # pread and pwrite leave it alone; dup shares it; a second open does not.
    os.pwrite(fd, b"y", 0)
    gives(21, os.lseek, fd, 0, os.SEEK_CUR)
    copy = os.dup(fd)
    os.lseek(copy, 2, os.SEEK_SET)
    gives(b"23", os.read, fd, 2)
    gives(4, os.lseek, copy, 0, os.SEEK_CUR)
    os.close(copy), os.close(fd)
    for negative in (-1, -PAGE):
        fd = opened(make())
        fails("EINVAL", os.pread, fd, 1, negative)
        fails("EINVAL", os.pwrite, fd, b"x", negative)
        os.close(fd)


@case
def vectors():
    fd = opened(make(data=b""))
    gives(10, os.writev, fd, [b"01", b"", b"234", b"56789"])
    parts = [bytearray(3), bytearray(4), bytearray(10)]
    gives(10, os.preadv, fd, parts, 0)
    holds([b"012", b"3456", b"789" + b"\0" * 7], [bytes(each) for each in parts], "the parts")
    gives(4, os.pwritev, fd, [b"AB", b"CD"], 8)
    gives(b"01234567ABCD", os.pread, fd, 20, 0)
    gives(0, os.writev, fd, [b""])
    os.close(fd)


@case
def flags_changed_by_fcntl():
    name = make(data=b"start.")
    fd = opened(name)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    holds(os.O_RDWR, flags & os.O_ACCMODE, "the access mode")
    fcntl.fcntl(fd, fcntl.F_SETFL, flags | os.O_APPEND)
    gives(3, os.write, fd, b"one")
    gives(3, os.pwrite, fd, b"two", 0)
    gives(b"start.onetwo", os.pread, fd, 99, 0)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags)
    gives(5, os.pwrite, fd, b"START", 0)
    gives(b"START.onetwo", os.pread, fd, 99, 0)
    for flag in (os.O_NONBLOCK, os.O_NOATIME):
        works(fcntl.fcntl, fd, fcntl.F_SETFL, flags | flag)
        holds(flag, fcntl.fcntl(fd, fcntl.F_GETFL) & flag, "the flag set")
        gives(b"START", os.pread, fd, 5, 0)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags)
    os.close(fd)


@case
def direct_io_set_and_unset():
    fd = opened(make(data=b"1" * 2 * PAGE))
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    area = mmap.mmap(-1, PAGE)
    for number in range(3):
        works(fcntl.fcntl, fd, fcntl.F_SETFL, flags | os.O_DIRECT)
        area[:] = b"%d" % number * PAGE
        gives(PAGE, os.pwritev, fd, [area], PAGE)
        works(fcntl.fcntl, fd, fcntl.F_SETFL, flags)
        gives(b"1%d" % number, os.pread, fd, 2, PAGE - 1)
        gives(3, os.pwrite, fd, b"abc", PAGE - 1)
        works(fcntl.fcntl, fd, fcntl.F_SETFL, flags | os.O_DIRECT)
        gives(PAGE, os.preadv, fd, [area], PAGE)
        holds(b"bc%d" % number, bytes(area[:3]), "what was written with the cache")
        works(fcntl.fcntl, fd, fcntl.F_SETFL, flags)
        os.pwrite(fd, b"1", PAGE - 1)
    os.close(fd)


@case
def beyond_the_largest_file():
    """ext4 with blocks of 4 KiB ends at 16 TiB."""
    name = make(data=b"")
    fd = opened(name)
    largest = (1 << 44) - PAGE
    for place in (1 << 44, 1 << 50, LAST - PAGE):
        fails("EFBIG", os.pwrite, fd, b"x", place)
        fails("EFBIG", os.ftruncate, fd, place + 1)
        fails("EFBIG", "fallocate", fd, 0, place, 10)
    has(name, size=0)
    works(os.ftruncate, fd, largest)
    has(name, size=largest)
    gives(b"", os.pread, fd, 1, largest)
    gives(b"\0", os.pread, fd, 10, largest - 1)
    os.close(fd)


@case
def flags_of_a_single_call():
    fd = opened(make(data=b"start."))
    for flag in (os.RWF_SYNC, os.RWF_DSYNC):
        gives(1, os.pwritev, fd, [b"S"], 0, flag)
    gives(3, os.pwritev, fd, [b"end"], 0, os.RWF_APPEND)
    gives(b"Start.end", os.pread, fd, 99, 0)
    fails("EOPNOTSUPP", os.pwritev, fd, [b"x"], 0, 1 << 20)
    for advice in (os.POSIX_FADV_NORMAL, os.POSIX_FADV_RANDOM, os.POSIX_FADV_WILLNEED, os.POSIX_FADV_DONTNEED):
        works(os.posix_fadvise, fd, 0, 0, advice)
        gives(b"Start", os.pread, fd, 5, 0)
    fails("EINVAL", os.posix_fadvise, fd, 0, 0, 99)
    gives(0, "readahead", fd, 0, PAGE)
    os.close(fd)


@case
def direct_io():
    name = make(data=b"\1" * 4 * PAGE)
    fd = opened(name, os.O_RDWR | os.O_DIRECT)
    area = mmap.mmap(-1, 2 * PAGE)
    area[:] = b"D" * 2 * PAGE
    gives(2 * PAGE, os.pwritev, fd, [area], PAGE)
    holds(True, content(name) == b"\1" * PAGE + b"D" * 2 * PAGE + b"\1" * PAGE, "the data seen with the cache")
    with open(name, "r+b") as file:
        file.write(b"cached")
    gives(2 * PAGE, os.preadv, fd, [area], 0)
    holds(b"cached", bytes(area[:6]), "what was written with the cache")
    gives(PAGE, os.preadv, fd, [area], 3 * PAGE)
    gives(0, os.preadv, fd, [area], 4 * PAGE)
    os.close(fd)


@case
def other_kinds():
    directory = os.open(".", os.O_RDONLY)
    for name, *arguments in (("read", b"x" * 8, 8), ("pread", b"x" * 8, 8, 0)):
        fails("EISDIR", name, directory, *arguments)
    fails("EBADF", "write", directory, b"x", 1)
    fails("EBADF", "posix_fallocate", directory, 0, 10)
    os.close(directory)


@case
def appends_of_two_processes_never_overlap():
    name = make(data=b"", owner=OWNER)

    def appender(letter):
        def run():
            fd = opened(name, os.O_WRONLY | os.O_APPEND)
            for _ in range(200):
                os.write(fd, letter * 100)

        return run

    children = []
    for letter in (b"a", b"b", b"c"):
        child = os.fork()
        if child == 0:
            try:
                appender(letter)()
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    data = content(name)
    has(name, size=60_000)
    holds(600, sum(len(set(data[at : at + 100])) == 1 for at in range(0, 60_000, 100)), "whole records")
