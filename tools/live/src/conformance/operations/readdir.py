"""Reading directories: readdir, telldir, seekdir, rewinddir, getdents64 (readdir(3), getdents(2))."""
import ctypes
import os

from directory_stream import Stream
from harness import (KINDS, OTHER, OWNER, about, acting, case, comes, fails, gives, has, holds, make, works)

TYPES = {"fifo": 1, "char": 2, "directory": 4, "block": 6, "file": 8, "symlink": 10, "socket": 12}
COUNTS = (0, 1, 2, 50, 600)


def filled(count):
    place = make("directory")
    for number in range(count):
        os.mknod("%s/entry%04d" % (place, number))
    return place


@case
def tells_every_name_once():
    for count in COUNTS:
        place = filled(count)
        with Stream(place) as stream:
            entries = stream.rest()
            holds(sorted([".", ".."] + ["entry%04d" % each for each in range(count)]), sorted(each[0] for each in entries),
                  "the names of %d" % count)
            holds(None, stream.next(), "what comes after the end")
        holds(count, len(os.listdir(place)), "listdir")


@case
def tells_kinds_and_inode_numbers():
    for kind in KINDS:
        name = make(kind)
        with Stream(".") as stream:
            entries = {each[0]: each for each in stream.rest()}
        holds(TYPES[kind], entries[name][1], "the type of a " + kind)
        holds(os.lstat(name).st_ino, entries[name][2], "the inode number of a " + kind)
        for dots in (".", ".."):
            holds(TYPES["directory"], entries[dots][1], "the type of " + dots)
        holds(os.lstat(".").st_ino, entries["."][2], "the inode number of '.'")
    place = make("directory")
    os.mkdir(place + "/sub")
    with Stream(place + "/sub") as stream:
        entries = {each[0]: each for each in stream.rest()}
    holds(os.lstat(place).st_ino, entries[".."][2], "the inode number of '..'")
    holds(os.lstat(place + "/sub").st_ino, entries["."][2], "the inode number of '.' in a subdirectory")
    with os.scandir(".") as listing:
        for entry in listing:
            st = os.lstat(entry.name)
            holds(st.st_ino, entry.inode(), "scandir's inode number")
            holds(os.path.isdir(entry.name) and not os.path.islink(entry.name), entry.is_dir(follow_symlinks=False), "is_dir")


@case
def positions():
    for count in (5, 600):
        place = filled(count)
        with Stream(place) as stream:
            places, names = [], []
            while True:
                places.append(stream.tell())
                entry = stream.next()
                if entry is None:
                    break
                names.append(entry[0])
            for at in sorted({0, 1, 2, len(names) // 3, len(names) // 2, len(names) - 1, len(names)}):
                stream.seek(places[at])
                holds(names[at:], [each[0] for each in stream.rest()], "what follows position %d of %d" % (at, len(names)))
            stream.rewind()
            holds(names, [each[0] for each in stream.rest()], "all after rewinddir")
            holds(len(set(places)), len(places), "different positions")


@case
def names_made_and_removed_while_it_is_open():
    """What was there all the time is told exactly once; what was not may or may not be."""
    for count in (10, 400):
        for read_before in (1, 5, count // 2):
            place = filled(count)
            stays = {"entry%04d" % each for each in range(count) if each % 3}
            with Stream(place) as stream:
                early = [stream.next()[0] for _ in range(read_before)]
                for number in range(count):
                    if number % 3 == 0:
                        os.unlink("%s/entry%04d" % (place, number))
                    os.mknod("%s/new%04d" % (place, number)) if number % 5 == 0 else None
                names = [each for each in early + [each[0] for each in stream.rest()] if each in stays]
            holds(sorted(stays), sorted(names), "what stayed, of %d after %d were read" % (count, read_before))


@case
def rewinding_tells_the_present():
    place = filled(3)
    with Stream(place) as stream:
        holds(3, len(stream.names()), "names at first")
        os.unlink(place + "/entry0000")
        os.mkdir(place + "/added")
        os.rename(place + "/entry0001", place + "/renamed")
        stream.rewind()
        holds(["added", "entry0002", "renamed"], sorted(stream.names()), "names after rewinddir")


@case
def removing_while_reading():
    """As rm -r does it: nothing is skipped."""
    for count in (10, 600):
        place = filled(count)
        removed = 0
        with Stream(place) as stream:
            while (entry := stream.next()) is not None:
                if entry[0] not in (".", ".."):
                    os.unlink(place + "/" + entry[0])
                    removed += 1
        holds(count, removed, "names removed while they were read")
        works("rmdir", place)


@case
def descriptors():
    place = filled(20)
    fd = os.open(place, os.O_RDONLY)
    holds(20, len(os.listdir(fd)), "listdir of a descriptor")
    buffer = ctypes.create_string_buffer(4096)
    os.lseek(fd, 0, os.SEEK_SET)
    fails("EINVAL", "getdents64", fd, buffer, 1)
    first = works("getdents64", fd, buffer, 4096)
    holds(True, first > 0, "bytes at first")
    while works("getdents64", fd, buffer, 4096):
        pass
    gives(0, "getdents64", fd, buffer, 4096)
    gives(0, os.lseek, fd, 0, os.SEEK_SET)
    gives(first, "getdents64", fd, buffer, 4096)
    # The offset is the description's, which dup shares.
    other = os.dup(fd)
    os.lseek(other, 0, os.SEEK_SET)
    gives(first, "getdents64", fd, buffer, 4096)
    os.close(other)
    os.lseek(fd, 0, os.SEEK_SET)
    fails("EISDIR", os.read, fd, 10)
    fails("EINVAL", os.lseek, fd, -1, os.SEEK_SET)
    os.close(fd)
    fails("EBADF", "getdents64", fd, buffer, 4096)
    file = os.open(make(), os.O_RDONLY)
    fails("ENOTDIR", "getdents64", file, buffer, 4096)
    os.close(file)
    path_only = os.open(place, os.O_PATH)
    fails("EBADF", "getdents64", path_only, buffer, 4096)
    os.close(path_only)


@case
def permission_is_asked_at_opening():
    place = make("directory", owner=OWNER, mode=0o700)
    make("file", place + "/x")
    for bits in range(8):
        os.chmod(place, bits << 6)
        comes(None if bits & 4 else "EACCES", os.listdir, place, by=OWNER)
        fails("EACCES", os.listdir, place, by=OTHER)
    os.chmod(place, 0o700)

    def keeps_reading():
        fd = os.open(place, os.O_RDONLY)
        os.chmod(place, 0)
        gives(["x"], os.listdir, fd)
        fails("EACCES", os.listdir, place)

    acting(OWNER, keeps_reading)


@case
def a_moved_and_a_removed_directory():
    place = filled(5)
    with Stream(place) as stream:
        os.rename(place, "moved")
        holds(5, len(stream.names()), "names after it was moved")
        make("file", "moved/more")
        stream.rewind()
        holds(6, len(stream.names()), "names after one was added")
        for name in os.listdir("moved"):
            os.unlink("moved/" + name)
        os.rmdir("moved")
        stream.rewind()
        holds([], stream.rest(), "entries of what is removed, dots and all")
    with about("path errors"):
        for path, result in (("missing", "ENOENT"), (make(), "ENOTDIR"), ("x" * 256, "ENAMETOOLONG")):
            fails(result, os.listdir, path)


@case
def names_of_all_sizes_and_bytes():
    place = make("directory")
    names = [b"x" * length for length in range(1, 256)] + [bytes([byte]) for byte in range(1, 256)
                                                            if byte not in (0x2E, 0x2F, 0x78)]
    for name in names:
        os.mkdir(os.fsencode(place) + b"/" + name)
    holds(sorted(names), sorted(os.listdir(os.fsencode(place))), "all names")
    has(place, nlink=2 + len(names))
