"""EFAULT: a pointer that leads nowhere, instead of a name, a buffer or a structure."""
import ctypes
import mmap
import os
import stat

from calls import AT_FDCWD, BAD, RENAME_NOREPLACE, call
from harness import case, fails, gives, has, holds, make

WILD = (BAD, ctypes.c_void_p(0xFFFF_8000_0000_0000), ctypes.c_void_p(0x0000_7FFF_FFFF_F000))
OUT = ctypes.create_string_buffer(4096)


@case
def instead_of_a_name():
    for bad in WILD:
        for name, *arguments in (
            ("open", bad, os.O_RDONLY), ("open", bad, os.O_CREAT | os.O_WRONLY, 0o644), ("open", bad, os.O_TMPFILE | 2, 0o600),
            ("chmod", bad, 0o644), ("chown", bad, 0, 0), ("lchown", bad, 0, 0), ("mkdir", bad, 0o755), ("rmdir", bad),
            ("unlink", bad), ("mkfifo", bad, 0o644), ("mknod", bad, stat.S_IFREG | 0o644, 0), ("truncate", bad, 0),
            ("access", bad, 0), ("chdir", bad), ("readlink", bad, OUT, 10), ("symlink", bad, "x"), ("symlink", "x", bad),
            ("link", bad, "x"), ("rename", bad, "x"), ("statfs", bad, OUT), ("stat", bad, OUT), ("lstat", bad, OUT),
            ("fstatat", AT_FDCWD, bad, OUT, 0), ("statx", AT_FDCWD, bad, 0, 0x7FF, OUT),
            ("utimensat", AT_FDCWD, bad, OUT, 0), ("renameat2", AT_FDCWD, bad, AT_FDCWD, "x", RENAME_NOREPLACE),
            ("getxattr", bad, "user.x", OUT, 10), ("setxattr", bad, "user.x", "v", 1, 0), ("removexattr", bad, "user.x"),
            ("listxattr", bad, OUT, 10), ("name_to_handle_at", AT_FDCWD, bad, OUT, OUT, 0),
        ):
            fails("EFAULT", name, *arguments)
    holds([], os.listdir("."), "what was made")


@case
def instead_of_the_second_name():
    for bad in WILD:
        name, directory = make(), make("directory")
        fails("EFAULT", "link", name, bad)
        fails("EFAULT", "rename", name, bad)
        fails("EFAULT", "rename", directory, bad)
        fails("EFAULT", "renameat2", AT_FDCWD, name, AT_FDCWD, bad, RENAME_NOREPLACE)
        has(name, nlink=1)
        has(directory, kind="directory")


@case
def instead_of_a_buffer_or_a_structure():
    link = make("symlink")
    for bad in WILD:
        for flags in (os.O_RDWR, os.O_RDWR | os.O_APPEND):
            name = make(data=b"0123456789")
            os.setxattr(name, "user.x", b"value")
            fd = os.open(name, flags)
            fails("EFAULT", "write", fd, bad, 10)
            fails("EFAULT", "pwrite", fd, bad, 10, 0)
            fails("EFAULT", "read", fd, bad, 10)
            fails("EFAULT", "pread", fd, bad, 10, 0)
            gives(0, "read", fd, BAD, 0)
            fails("EFAULT", "fstat", fd, bad)
            fails("EFAULT", "fstatfs", fd, bad)
            fails("EFAULT", "futimens", fd, bad)
            fails("EFAULT", "fgetxattr", fd, "user.x", bad, 10)
            fails("EFAULT", "fgetxattr", fd, bad, OUT, 10)
            fails("EFAULT", "fsetxattr", fd, "user.y", bad, 10, 0)
            fails("EFAULT", "flistxattr", fd, bad, 100)
            fails("EFAULT", "fcntl", fd, 5, bad)
            fails("EFAULT", "copy_file_range", fd, bad, fd, None, 5, 0)
            has(name, size=10)
            gives(b"0123456789", os.pread, fd, 20, 0)
            os.close(fd)
        fails("EFAULT", "readlink", link, bad, 10)
        fails("EFAULT", "statx", AT_FDCWD, link, 0x100, 0x7FF, bad)
        fails("EFAULT", "utimensat", AT_FDCWD, link, bad, 0x100)
        directory = os.open(".", os.O_RDONLY)
        fails("EFAULT", "getdents64", directory, bad, 4096)
        os.close(directory)


@case
def a_buffer_that_ends_too_early():
    """Half of the bytes lie in mapped memory: they are written or read, or none are; never more."""
    page = mmap.PAGESIZE
    area = mmap.mmap(-1, 2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    call("mprotect", ctypes.c_void_p(start + page), page, 0)
    name = make(data=b"")
    fd = os.open(name, os.O_RDWR)
    last = ctypes.c_void_p(start + page - 10)
    ctypes.memset(last, 0x61, 10)
    gives(10, "write", fd, last, 100)
    has(name, size=10)
    os.pwrite(fd, b"z" * 100, 0)
    os.lseek(fd, 0, 0)
    gives(10, "read", fd, last, 100)
    holds(b"z" * 10, ctypes.string_at(last, 10), "what was read")
    os.close(fd)
