"""mmap, shared and private, and its agreement with read and write (mmap(2), msync(2))."""
import ctypes
import mmap
import os
import signal

from callers import in_child
from harness import OTHER, OWNER, ROOT, about, acting, case, fails, gives, has, holds, make, works

PAGE = mmap.PAGESIZE
READ, WRITE = mmap.PROT_READ, mmap.PROT_WRITE
SIZE = 3 * PAGE + 100


def mapped(fd, length=SIZE, flags=mmap.MAP_SHARED, access=READ | WRITE):
    return mmap.mmap(fd, length, flags, access)


@case
def shared_maps_and_calls_see_each_other():
    name = make(data=b"." * SIZE)
    fd, other = os.open(name, os.O_RDWR), os.open(name, os.O_RDWR)
    for descriptor in (fd, other):
        with mapped(fd) as area:
            for at in (0, 1, PAGE - 2, PAGE, 2 * PAGE + 7, SIZE - 4):
                area[at : at + 4] = b"mapd"
                gives(b"mapd", os.pread, descriptor, 4, at)
                os.pwrite(descriptor, b"call", at)
                holds(b"call", area[at : at + 4], "the map after pwrite at %d" % at)
        gives(b"call", os.pread, descriptor, 4, PAGE)
    has(name, size=SIZE)
    os.close(fd), os.close(other)


@case
def two_maps_of_two_processes():
    name = make(data=b"." * SIZE)
    fd = os.open(name, os.O_RDWR)
    with mapped(fd) as area:
        def child():
            own = os.open(name, os.O_RDWR)
            with mapped(own) as theirs:
                theirs[10:15] = b"child"
                theirs[PAGE : PAGE + 5] = b"again"
            os.close(own)

        in_child(child)
        holds(b"child", area[10:15], "what the child wrote")
        holds(b"again", area[PAGE : PAGE + 5], "what it wrote to the next page")
        # The map goes on without its descriptor and without its name.
        os.close(fd)
        area[20:24] = b"late"
        with open(name, "rb") as file:
            holds(b"late", file.read()[20:24], "what was written without the descriptor")
        os.rename(name, "renamed")
        area[20:24] = b"more"
        os.unlink("renamed")
        holds(b"more", area[20:24], "the map of an unlinked file")
        area[0:1] = b"!"
        works(area.flush)


@case
def private_maps_keep_to_themselves():
    name = make(data=b"." * SIZE)
    for flags in (os.O_RDONLY, os.O_RDWR):
        fd = os.open(name, flags)
        with mapped(fd, flags=mmap.MAP_PRIVATE) as area:
            area[5:9] = b"mine"
            holds(b"mine", area[5:9], "the map")
            gives(b"....", os.pread, fd, 4, 5)
            with open(name, "rb") as file:
                holds(b"." * SIZE, file.read(), "the file")
        os.close(fd)


@case
def need_the_descriptor_to_fit():
    name = make(data=b"." * SIZE)
    for flags, sharing, access, result in (
        (os.O_RDONLY, mmap.MAP_SHARED, READ, None), (os.O_RDONLY, mmap.MAP_SHARED, READ | WRITE, "EACCES"),
        (os.O_RDONLY, mmap.MAP_SHARED, WRITE, "EACCES"), (os.O_RDONLY, mmap.MAP_PRIVATE, READ | WRITE, None),
        (os.O_WRONLY, mmap.MAP_SHARED, READ, "EACCES"), (os.O_WRONLY, mmap.MAP_SHARED, WRITE, "EACCES"),
        (os.O_WRONLY, mmap.MAP_PRIVATE, READ, "EACCES"), (os.O_RDWR, mmap.MAP_SHARED, READ | WRITE, None),
        (os.O_RDWR, mmap.MAP_SHARED, READ, None), (os.O_RDWR, mmap.MAP_PRIVATE, WRITE, None)):
        fd = os.open(name, flags)
        with about("flags", flags, "sharing", sharing, "access", access):
            if result:
                fails(result, mapped, fd, SIZE, sharing, access)
            else:
                works(lambda: mapped(fd, SIZE, sharing, access).close(), what="mmap")
        os.close(fd)
    directory = os.open(".", os.O_RDONLY)
    fails("ENODEV", "mmap", None, PAGE, READ, mmap.MAP_SHARED, directory, 0)
    os.close(directory)
    path_only = os.open(name, os.O_PATH)
    fails("EBADF", "mmap", None, PAGE, READ, mmap.MAP_SHARED, path_only, 0)
    os.close(path_only)
    fd = os.open(name, os.O_RDWR)
    fails("EINVAL", "mmap", None, 0, READ, mmap.MAP_SHARED, fd, 0)
    fails("EINVAL", "mmap", None, PAGE, READ, mmap.MAP_SHARED, fd, 100)
    fails("EINVAL", "mmap", None, PAGE, READ, 0, fd, 0)
    os.close(fd)


@case
def the_last_page_ends_in_zeros():
    name = make(data=b"x" * (PAGE + 10))
    fd = os.open(name, os.O_RDWR)
    # By address: Python's own map ends with the file.
    area = mapped(fd, PAGE + 10)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    holds(b"x" * 10 + b"\0" * (PAGE - 10), ctypes.string_at(start + PAGE, PAGE), "the last page")
    ctypes.memmove(start + PAGE + 10, b"past", 4)
    works(os.fsync, fd)
    has(name, size=PAGE + 10)
    # What was written behind the end does not come to light when the file grows.
    os.ftruncate(fd, PAGE)
    os.ftruncate(fd, 2 * PAGE)
    gives(b"\0" * PAGE, os.pread, fd, PAGE, PAGE)
    holds(b"\0" * PAGE, ctypes.string_at(start + PAGE, PAGE), "the page after the file shrank and grew")
    os.close(fd)


@case
def behind_the_end_is_sigbus():
    name = make(data=b"x" * 10)
    for access, touch in ((READ, lambda area: area[PAGE + 1]), (READ | WRITE, lambda area: area.__setitem__(PAGE + 1, 1))):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGBUS, signal.SIG_DFL)
            fd = os.open(name, os.O_RDWR)
            os.ftruncate(fd, 2 * PAGE)
            area = mapped(fd, 2 * PAGE, access=access)
            os.ftruncate(fd, 10)
            touch(area)
            os._exit(0)
        holds(signal.SIGBUS.value, os.waitpid(child, 0)[1] & 0x7F, "the signal")


@case
def growing_under_a_map():
    name = make(data=b"")
    fd = os.open(name, os.O_RDWR)
    os.ftruncate(fd, PAGE)
    with mapped(fd, PAGE) as area:
        os.pwrite(fd, b"grown", 4 * PAGE)
        area[0:4] = b"head"
    gives(b"head", os.pread, fd, 4, 0)
    gives(b"grown", os.pread, fd, 9, 4 * PAGE)
    os.close(fd)


@case
def truncation_reaches_the_map():
    name = make(data=b"d" * 2 * PAGE)
    fd = os.open(name, os.O_RDWR)
    with mapped(fd, 2 * PAGE) as area:
        holds(b"d", area[PAGE : PAGE + 1], "the second page")
        works("truncate", name, 10)
        holds(b"d" * 10 + b"\0" * 20, area[:30], "the first page after truncation")
        works("truncate", name, 2 * PAGE)
        holds(b"\0" * PAGE, area[PAGE:], "the second page after it grew again")
    os.close(fd)


@case
def permission_is_asked_at_opening():
    name = make(data=b"." * SIZE, owner=OWNER, mode=0o600)
    fails("EACCES", "open", name, os.O_RDONLY, by=OTHER)

    def keeps_its_map():
        fd = os.open(name, os.O_RDWR)
        with mapped(fd) as area:
            os.chmod(name, 0)
            os.close(fd)
            area[0:4] = b"kept"
            works(area.flush)
            holds(b"kept", area[0:4], "the map after chmod 0")

    acting(OWNER, keeps_its_map)
    acting(ROOT, lambda: gives(b"kept", lambda: open(name, "rb").read(4), what="the data by root"))


@case
def writing_moves_mtime():
    name = make(data=b"." * SIZE)
    os.utime(name, ns=(10**18, 10**18))
    fd = os.open(name, os.O_RDWR)
    with mapped(fd) as area:
        area[0:1] = b"x"
        works(area.flush)
    os.fsync(fd)
    os.close(fd)
    holds(True, os.stat(name).st_mtime_ns > 10**18, "mtime moved")
