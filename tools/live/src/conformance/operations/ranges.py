"""Ranges of files: holes, allocation, copies (lseek(2), fallocate(2), copy_file_range(2), sendfile(2), splice(2))."""
import ctypes
import os

from calls import (FALLOC_COLLAPSE_RANGE, FALLOC_INSERT_RANGE, FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE, call)
from differences import rightly
from harness import about, case, comes, fails, gives, has, holds, make, works

PAGE = 4096
LAST = (1 << 63) - 1
FICLONE = 0x40049409


def opened(name, flags=os.O_RDWR):
    return os.open(name, flags)


def content(name):
    with open(name, "rb") as file:
        return file.read()


def pattern(size):
    return bytes((at * 7 + at // 251) % 255 + 1 for at in range(size))


@case
def holes_and_data():
    name = make(data=b"")
    fd = opened(name)
    fails("ENXIO", os.lseek, fd, 0, os.SEEK_DATA)
    fails("ENXIO", os.lseek, fd, 0, os.SEEK_HOLE)
    os.ftruncate(fd, 64 * PAGE)
    fails("ENXIO", os.lseek, fd, 0, os.SEEK_DATA)
    gives(0, os.lseek, fd, 0, os.SEEK_HOLE)
    for page in (8, 9, 32):
        os.pwrite(fd, b"d" * PAGE, page * PAGE)
    os.fsync(fd)
    for start, data, hole in ((0, 8, 0), (1, 8, 1), (8, 8, 10), (9, 9, 10), (10, 32, 10), (32, 32, 33)):
        gives(data * PAGE, os.lseek, fd, start * PAGE, os.SEEK_DATA)
        gives(hole * PAGE, os.lseek, fd, start * PAGE, os.SEEK_HOLE)
    fails("ENXIO", os.lseek, fd, 33 * PAGE, os.SEEK_DATA)
    gives(33 * PAGE, os.lseek, fd, 33 * PAGE, os.SEEK_HOLE)
    for past in (64 * PAGE, 65 * PAGE, LAST):
        fails("ENXIO", os.lseek, fd, past, os.SEEK_DATA)
        fails("ENXIO", os.lseek, fd, past, os.SEEK_HOLE)
    fails("ENXIO", os.lseek, fd, -1, os.SEEK_DATA)
    has(name, size=64 * PAGE)
    holds(True, os.stat(name).st_blocks < 64 * PAGE // 512, "it is sparse")
    os.close(fd)


@case
def allocating():
    for offset, length, size in ((0, 10, 10), (0, PAGE, PAGE), (5000, 1, 5001), (0, 1_000_000, 1_000_000)):
        name = make(data=b"")
        fd = opened(name)
        works("posix_fallocate", fd, offset, length)
        has(name, size=size)
        holds(True, os.fstat(fd).st_blocks * 512 >= length, "blocks are there")
        holds(b"\0" * min(size, 100), os.pread(fd, min(size, 100), 0), "it reads as zeros")
        os.close(fd)
    name = make(data=b"0123456789")
    fd = opened(name)
    works("fallocate", fd, FALLOC_KEEP_SIZE, 0, 10 * PAGE)
    has(name, size=10)
    works("posix_fallocate", fd, 2, 3)
    holds(b"0123456789", content(name), "the data afterwards")
    for offset, length, result in ((-1, 10, "EINVAL"), (0, 0, "EINVAL"), (0, -1, "EINVAL"), (LAST, 1, "EFBIG"),
                                   (LAST, LAST, "EFBIG"), (1 << 60, 10, "EFBIG")):
        fails(result, "posix_fallocate", fd, offset, length)
        fails(result, "fallocate", fd, FALLOC_KEEP_SIZE, offset, length)
    fails("EOPNOTSUPP", "fallocate", fd, FALLOC_PUNCH_HOLE, 0, 10)
    fails("EOPNOTSUPP", "fallocate", fd, 0x800, 0, 10)
    has(name, size=10)
    os.close(fd)
    reader = opened(name, os.O_RDONLY)
    fails("EBADF", "posix_fallocate", reader, 0, 10)
    os.close(reader)
    pipe = os.pipe()
    fails("ESPIPE", "posix_fallocate", pipe[1], 0, 10)
    os.close(pipe[0]), os.close(pipe[1])


@case
def punching_and_zeroing():
    size = 10 * PAGE
    for mode, keeps in ((FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, True), (FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE, True),
                        (FALLOC_ZERO_RANGE, False)):
        for offset, length in ((0, PAGE), (PAGE, 2 * PAGE), (10, 20), (PAGE - 5, 10), (size - 10, 10), (size - 5, PAGE),
                               (0, size), (size + 5, 100)):
            data = pattern(size)
            name = make(data=data)
            fd = opened(name)
            works("fallocate", fd, mode, offset, length)
            end = min(offset + length, size)
            wanted = data[:offset] + b"\0" * max(0, end - offset) + data[max(end, min(offset, size)):]
            wanted += b"" if keeps else b"\0" * (offset + length - len(wanted))
            with about("mode %#x, %d bytes at %d" % (mode, length, offset)):
                has(name, size=len(wanted))
                holds(True, os.pread(fd, size * 2, 0) == wanted, "the data by the same descriptor")
                holds(True, content(name) == wanted, "the data by another")
            os.close(fd)
            os.unlink(name)


@case
def ranges_that_move_data():
    for mode, name in ((FALLOC_COLLAPSE_RANGE, "collapse range"), (FALLOC_INSERT_RANGE, "insert range")):
        fd = opened(make(data=pattern(4 * PAGE)))
        comes(rightly(name), "fallocate", fd, mode, PAGE, PAGE)
        os.close(fd)


def copied(one, two, size, from_offset=0, to_offset=0, flags=0):
    source, target = ctypes.c_long(from_offset), ctypes.c_long(to_offset)
    return call("copy_file_range", one, ctypes.byref(source), two, ctypes.byref(target), size, flags)


@case
def copying_ranges():
    data = pattern(200_000)
    one = opened(make(data=data))
    for from_offset, to_offset, size, result in ((0, 0, 200_000, 200_000), (0, 0, 10, 10), (5, 3, 100_000, 100_000),
                                                 (199_990, 0, 100, 10), (200_000, 0, 10, 0), (300_000, 0, 10, 0),
                                                 (0, 70_000, 5, 5), (0, 0, 0, 0)):
        name = make(data=b"")
        two = opened(name)
        gives(result, copied, one, two, size, from_offset, to_offset)
        wanted = b"\0" * to_offset + data[from_offset : from_offset + result] if result else b""
        holds(True, content(name) == wanted, "the copy of %d at %d to %d" % (size, from_offset, to_offset))
        os.close(two)
    # Without offsets it moves those of the descriptors.
    two = opened(make(data=b""))
    os.lseek(one, 100, os.SEEK_SET)
    gives(50, "copy_file_range", one, None, two, None, 50, 0)
    gives(150, os.lseek, one, 0, os.SEEK_CUR)
    gives(50, os.lseek, two, 0, os.SEEK_CUR)
    fails("EINVAL", copied, one, one, 100, 0, 50)
    works(copied, one, one, 100, 0, 100)
    fails("EINVAL", copied, one, two, 10, 0, 0, 1)
    fails("EOVERFLOW", copied, one, two, 10, -1, 0)
    os.close(one), os.close(two)
    name = make()
    reader, writer, append = opened(name, os.O_RDONLY), opened(make(), os.O_WRONLY), opened(make(), os.O_RDWR | os.O_APPEND)
    fails("EBADF", copied, writer, append, 1)
    fails("EBADF", copied, reader, reader, 1)
    fails("EBADF", copied, reader, append, 1)
    directory = os.open(".", os.O_RDONLY)
    fails("EISDIR", copied, directory, writer, 1)
    for fd in (reader, writer, append, directory):
        os.close(fd)


@case
def copying_to_another_file_system():
    one = opened(make())
    with open("/dev/shm/conformance-%d" % os.getpid(), "x+b") as other:
        os.unlink(other.name)
        fails("EXDEV", copied, one, other.fileno(), 4)
        fails("EXDEV", copied, other.fileno(), one, 4)
        # sendfile does not mind.
        gives(4, "sendfile", other.fileno(), one, None, 4)
        gives(b"data", os.pread, other.fileno(), 9, 0)
    os.close(one)


@case
def cloning_is_not_for_ext4():
    one, two = opened(make()), opened(make())
    fails("EOPNOTSUPP", "ioctl", two, FICLONE, one)
    os.close(one), os.close(two)


@case
def sendfile_and_splice():
    data = pattern(300_000)
    one = opened(make(data=data))
    two = opened(make(data=b""))
    gives(0, os.lseek, one, 0, os.SEEK_SET)
    sent = 0
    while sent < len(data):
        moved = works("sendfile", two, one, None, len(data) - sent)
        if not moved:
            break
        sent += moved
    holds(True, os.pread(two, 400_000, 0) == data, "what was sent")
    gives(0, "sendfile", two, one, None, 10)
    reader, writer = os.pipe()
    offset = ctypes.c_long(1000)
    gives(5000, "splice", one, ctypes.byref(offset), writer, None, 5000, 0)
    holds(6000, offset.value, "the offset after splice")
    holds(True, os.read(reader, 9999) == data[1000:6000], "what came through the pipe")
    os.write(writer, b"back")
    offset = ctypes.c_long(2)
    gives(4, "splice", reader, None, two, ctypes.byref(offset), 4, 0)
    gives(data[:2] + b"back" + data[6:10], os.pread, two, 10, 0)
    append = opened(make(), os.O_WRONLY | os.O_APPEND)
    os.write(writer, b"x")
    fails("EINVAL", "splice", reader, None, append, None, 1, 0)
    for fd in (one, two, reader, writer, append):
        os.close(fd)
