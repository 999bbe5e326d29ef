"""name_to_handle_at and open_by_handle_at (open_by_handle_at(2)), as an NFS server uses them."""
import ctypes
import os
import struct

from calls import AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, call
from differences import rightly
from harness import KINDS, OTHER, ROOT, acting, case, fails, gives, has, holds, make, works

ROOM = 128


def handle_of(path, flags=0, at=AT_FDCWD):
    buffer = ctypes.create_string_buffer(struct.pack("Ii", ROOM, 0), 8 + ROOM)
    number = ctypes.c_int(0)
    call("name_to_handle_at", at, path, buffer, ctypes.byref(number), flags)
    return buffer.raw


def open_handle(handle, flags=os.O_RDONLY, mount="."):
    fd = os.open(mount, os.O_RDONLY)
    try:
        buffer = ctypes.create_string_buffer(handle, len(handle))
        return call("open_by_handle_at", fd, buffer, flags)
    finally:
        os.close(fd)


@case
def every_kind_has_one():
    for kind in KINDS:
        name = make(kind)
        handle = works(handle_of, name)
        if handle is None:
            continue
        holds(handle, handle_of(name), "the handle when asked again")
        os.rename(name, name + "-moved")
        holds(handle, handle_of(name + "-moved"), "the handle after a rename")
        if kind in ("file", "directory"):
            fd = works(open_handle, handle)
            if fd is not None:
                has(fd, kind=kind, ino=os.lstat(name + "-moved").st_ino)
                os.close(fd)
        fd = works(open_handle, handle, os.O_PATH)
        if fd is not None:
            has(fd, kind=kind, ino=os.lstat(name + "-moved").st_ino)
            os.close(fd)


@case
def the_data_is_the_files():
    name = make(data=b"0123456789")
    handle = works(handle_of, name)
    fd = works(open_handle, handle, os.O_RDWR)
    gives(b"0123456789", os.pread, fd, 20, 0)
    gives(3, os.pwrite, fd, b"abc", 0)
    with open(name, "rb") as file:
        holds(b"abc3456789", file.read(), "the data by name")
    os.close(fd)
    place = make("directory")
    make("file", place + "/x")
    fd = works(open_handle, works(handle_of, place))
    gives(["x"], os.listdir, fd)
    works("mkdirat", fd, "y", 0o755)
    has(place + "/y", kind="directory")
    os.close(fd)


@case
def directories_find_their_parents():
    os.makedirs("a/b/c")
    fd = works(open_handle, works(handle_of, "a/b/c"))
    up = os.open("..", os.O_RDONLY, dir_fd=fd)
    has(up, ino=os.lstat("a/b").st_ino)
    gives(os.path.realpath("a/b/c"), os.readlink, "/proc/self/fd/%d" % fd)
    os.close(up), os.close(fd)


@case
def lead_to_what_the_kernel_has_forgotten():
    """As after an NFS server's restart: nothing is cached, and the way up is found by looking for it."""
    os.makedirs("a/b/c")
    make("file", "a/b/c/file")
    number, parent = os.lstat("a/b/c").st_ino, os.lstat("a/b").st_ino
    handles = {path: works(handle_of, path) for path in ("a/b/c", "a/b/c/file")}
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("2")
    stale = rightly("a handle of what was forgotten")
    if stale is not None:
        for handle in handles.values():
            fails(stale, open_handle, handle)
        return
    fd = works(open_handle, handles["a/b/c"])
    if fd is not None:
        has(fd, ino=number, kind="directory")
        gives(["file"], os.listdir, fd)
        up = works(lambda: os.open("..", os.O_RDONLY, dir_fd=fd), what="open of '..'")
        if up is not None:
            has(up, ino=parent)
            os.close(up)
        os.close(fd)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("2")
    fd = works(open_handle, handles["a/b/c/file"], os.O_RDWR)
    if fd is not None:
        gives(b"data", os.pread, fd, 10, 0)
        gives(1, os.pwrite, fd, b"D", 0)
        os.close(fd)
        with open("a/b/c/file", "rb") as file:
            holds(b"Data", file.read(), "the data by name")


@case
def a_removed_object_is_stale():
    for kind in ("file", "directory", "symlink", "fifo"):
        name = make(kind)
        handle = works(handle_of, name)
        os.rmdir(name) if kind == "directory" else os.unlink(name)
        make(kind, name)
        fails("ESTALE", open_handle, handle, os.O_PATH, what="open_by_handle_at of a removed " + kind)


@case
def flags_and_errors():
    name = make()
    os.symlink(name, "link")
    holds(False, handle_of("link") == handle_of(name), "a symlink has a handle of its own")
    holds(handle_of(name), handle_of("link", AT_SYMLINK_FOLLOW), "followed, it is the target's")
    fd = os.open(name, os.O_RDONLY)
    holds(handle_of(name), handle_of("", AT_EMPTY_PATH, fd), "the handle of a descriptor")
    os.close(fd)
    fails("ENOENT", handle_of, "missing")
    fails("ENOENT", handle_of, "")
    fails("ENOTDIR", handle_of, name + "/x")
    fails("EINVAL", handle_of, name, 0x80000)
    small = ctypes.create_string_buffer(struct.pack("Ii", 0, 0), 8)
    fails("EOVERFLOW", "name_to_handle_at", AT_FDCWD, name, small, ctypes.byref(ctypes.c_int(0)), 0)
    holds(True, struct.unpack_from("I", small, 0)[0] > 0, "the size it would need")
    fails("EBADF", "open_by_handle_at", 999, handle_of(name), os.O_RDONLY)
    huge = ctypes.create_string_buffer(struct.pack("Ii", 4096, 1), 5000)
    here = os.open(".", os.O_RDONLY)
    fails("EINVAL", "open_by_handle_at", here, huge, os.O_RDONLY)
    os.close(here)
    fails("ELOOP", open_handle, handle_of("link"), os.O_RDONLY)
    handle = handle_of(name)

    def stranger():
        fails("EPERM", open_handle, handle)
        works(handle_of, name)

    acting(OTHER, stranger)
    acting(ROOT, lambda: works(open_handle, handle))
