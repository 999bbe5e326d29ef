"""Extended attributes: user, trusted, security, system (xattr(7), setxattr(2), getxattr(2), listxattr(2))."""
import os
from ctypes import create_string_buffer

from harness import (KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, gives, has, holds, make, works)
from paths import PathCall, check_paths

CREATE, REPLACE = os.XATTR_CREATE, os.XATTR_REPLACE
VALUES = [b"", b"v", b"\0", b"a\0b", bytes(range(256)), b"x" * 3000]


def lset(path, name, value, flags=0):
    os.setxattr(path, name, value, flags, follow_symlinks=False)


def lget(path, name):
    return os.getxattr(path, name, follow_symlinks=False)


def llist(path):
    """But for what a security module of this machine hangs on everything."""
    return sorted(each for each in os.listxattr(path, follow_symlinks=False) if each != "security.selinux")


def lremove(path, name):
    os.removexattr(path, name, follow_symlinks=False)


@case
def values_come_back():
    for kind in ("file", "directory"):
        for value in VALUES:
            name = make(kind)
            works(os.setxattr, name, "user.x", value)
            gives(value, os.getxattr, name, "user.x")
            works(os.setxattr, name, "user.x", value[::-1] + b"!")
            gives(value[::-1] + b"!", os.getxattr, name, "user.x")
            gives(["user.x"], llist, name)
            works(os.removexattr, name, "user.x")
            fails("ENODATA", os.getxattr, name, "user.x")
            gives([], llist, name)


@case
def belong_to_the_object_not_the_name():
    name = make()
    os.link(name, "second")
    os.setxattr(name, "user.x", b"1")
    gives(b"1", os.getxattr, "second", "user.x")
    os.unlink(name)
    os.rename("second", "third")
    gives(b"1", os.getxattr, "third", "user.x")
    fd = os.open("third", os.O_RDONLY)
    gives(b"1", os.getxattr, fd, "user.x")
    works(os.setxattr, fd, "user.y", b"2")
    gives(b"2", os.getxattr, "third", "user.y")
    os.unlink("third")
    gives(b"2", os.getxattr, fd, "user.y")
    works(os.removexattr, fd, "user.x")
    gives(["user.y"], lambda: sorted(os.listxattr(fd)), what="the list of the nameless")
    os.close(fd)
    make("file", "third")
    fails("ENODATA", os.getxattr, "third", "user.y")


@case
def create_and_replace():
    for kind in ("file", "directory"):
        name = make(kind)
        fails("ENODATA", os.setxattr, name, "user.x", b"1", REPLACE)
        fails("ENODATA", os.getxattr, name, "user.x")
        works(os.setxattr, name, "user.x", b"1", CREATE)
        fails("EEXIST", os.setxattr, name, "user.x", b"2", CREATE)
        gives(b"1", os.getxattr, name, "user.x")
        works(os.setxattr, name, "user.x", b"3", REPLACE)
        gives(b"3", os.getxattr, name, "user.x")
        fails("EINVAL", os.setxattr, name, "user.x", b"1", 4)
        fails("ENODATA", os.removexattr, name, "user.none")


@case
def names_and_namespaces():
    name = make()
    for attribute, result in (("user.", "EINVAL"), ("user.x", None), ("trusted.x", None), ("trusted.", "EINVAL"),
                              ("security.x", None), ("nothing.x", "EOPNOTSUPP"), ("x", "EOPNOTSUPP"), ("", "ERANGE"),
                              ("system.x", "EOPNOTSUPP"), ("user." + "n" * 250, None), ("user." + "n" * 251, "ERANGE"),
                              ("user.é", None), ("user.a b", None), ("user.user.x", None), ("USER.x", "EOPNOTSUPP")):
        comes(result, os.setxattr, name, attribute, b"1")
        if result is None:
            gives(b"1", os.getxattr, name, attribute)
            works(os.removexattr, name, attribute)
        else:
            fails(result, os.getxattr, name, attribute)
            fails(result, os.removexattr, name, attribute)
    for number in range(20):
        works(os.setxattr, name, "user.number%d" % number, b"%d" % number)
    gives(sorted("user.number%d" % number for number in range(20)), llist, name)


@case
def sizes():
    name = make()
    os.setxattr(name, "user.x", b"0123456789")
    for room, result in ((0, 10), (10, 10), (11, 10), (100, 10)):
        gives(result, "getxattr", name, "user.x", create_string_buffer(200), room, what="getxattr into %d bytes" % room)
    for room in (1, 9):
        fails("ERANGE", "getxattr", name, "user.x", create_string_buffer(200), room)
    gives(7, "listxattr", name, None, 0)
    gives(7, "listxattr", name, create_string_buffer(7), 7)
    fails("ERANGE", "listxattr", name, create_string_buffer(7), 6)
    fails("E2BIG", os.setxattr, name, "user.big", b"x" * 65_537)
    # What fits the limit of the kernel still has to fit the file system: ext4 keeps a block of them.
    fails("ENOSPC", os.setxattr, name, "user.big", b"x" * 65_536)
    gives(b"0123456789", os.getxattr, name, "user.x")
    gives(["user.x"], llist, name)


@case
def user_attributes_are_for_files_and_directories():
    for kind in KINDS:
        name = make(kind, mode=0o777)
        if kind in ("file", "directory"):
            works(lset, name, "user.x", b"1")
            continue
        for caller in (ROOT, OTHER):
            fails("EPERM", lset, name, "user.x", b"1", by=caller)
            fails("ENODATA", lget, name, "user.x", by=caller)
            fails("EPERM", lremove, name, "user.x", by=caller)
        works(lset, name, "trusted.x", b"1")
        gives(b"1", lget, name, "trusted.x")
        gives(["trusted.x"], llist, name)
        works(lremove, name, "trusted.x")


@case
def trusted_attributes_are_for_root():
    for kind in KINDS:
        name = make(kind, owner=OWNER, mode=0o777)
        works(lset, name, "trusted.x", b"1")
        for caller in (OWNER, OTHER):
            fails("EPERM", lset, name, "trusted.x", b"2", by=caller)
            fails("EPERM", lset, name, "trusted.y", b"2", by=caller)
            fails("ENODATA", lget, name, "trusted.x", by=caller)
            fails("EPERM", lremove, name, "trusted.x", by=caller)
            gives([], llist, name, by=caller)
        gives(["trusted.x"], llist, name)
        gives(b"1", lget, name, "trusted.x")


@case
def user_attributes_follow_the_permission_bits():
    for kind in ("file", "directory"):
        for bits in range(8):
            for shift, caller in ((6, OWNER), (3, MEMBER), (0, OTHER)):
                name = make(kind, owner=OWNER, mode=bits << shift)
                os.setxattr(name, "user.x", b"1")
                with about("mode %o" % (bits << shift)):
                    comes(None if bits & 4 else "EACCES", os.getxattr, name, "user.x", by=caller)
                    comes(None if bits & 2 else "EACCES", os.setxattr, name, "user.x", b"2", by=caller)
                    comes(None if bits & 2 else "EACCES", os.removexattr, name, "user.x", by=caller)
                    works(os.listxattr, name, by=caller)
    # In a sticky directory's own attributes only its owner has a say.
    place = make("directory", owner=OWNER, mode=0o1777)
    for caller, result in ((OWNER, None), (ROOT, None), (OTHER, "EPERM"), (MEMBER, "EPERM")):
        comes(result, os.setxattr, place, "user.x", b"1", by=caller)


@case
def security_attributes_need_a_capability():
    name = make(owner=OWNER)
    works(os.setxattr, name, "security.x", b"1")
    gives(b"1", os.getxattr, name, "security.x", by=OTHER)
    for caller in (OWNER, OTHER):
        fails("EPERM", os.setxattr, name, "security.x", b"2", by=caller)
        fails("EPERM", os.removexattr, name, "security.x", by=caller)


@case
def symlinks_are_followed_or_not():
    name = make()
    os.symlink(name, "link")
    works(os.setxattr, "link", "user.x", b"1")
    gives(b"1", os.getxattr, name, "user.x")
    works(lset, "link", "trusted.x", b"2")
    fails("ENODATA", os.getxattr, name, "trusted.x")
    gives(b"2", lget, "link", "trusted.x")
    has("link", kind="symlink")


@case
def descriptors():
    name = make(owner=OWNER, mode=0o600)
    reading, path_only = os.open(name, os.O_RDONLY), os.open(name, os.O_PATH)
    works(os.setxattr, reading, "user.x", b"1")
    fails("EBADF", os.getxattr, path_only, "user.x")
    fails("EBADF", os.setxattr, path_only, "user.x", b"1")
    fails("EBADF", os.listxattr, path_only)

    def stranger():
        fails("EACCES", os.setxattr, reading, "user.x", b"2")
        fails("EACCES", os.getxattr, reading, "user.x")

    acting(OTHER, stranger)
    os.close(reading), os.close(path_only)
    holds(b"1", os.getxattr(name, "user.x"), "what remains")


@case
def path_errors():
    check_paths(PathCall("setxattr", lambda path: os.setxattr(path, "trusted.x", b"1")
                         if os.getuid() == 0 else os.setxattr(path, "user.x", b"1")))
    check_paths(PathCall("getxattr", lambda path: os.listxattr(path)))
    check_paths(PathCall("llistxattr", lambda path: os.listxattr(path, follow_symlinks=False), follows=False))
