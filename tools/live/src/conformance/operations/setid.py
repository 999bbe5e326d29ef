"""When set-id bits and file capabilities fall: at any change of data by anybody without CAP_FSETID (write(2), chown(2)).

Root, who has it, keeps the bits; capabilities (security.capability) fall for everybody.
"""
import ctypes
import mmap
import os
import subprocess

from calls import FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE, call
from differences import rightly
from harness import MEMBER, OTHER, OWNER, ROOT, about, acting, case, fails, gives, has, holds, make, works

# Mode, what remains for the owner and others in the group, what remains for those outside of it.
MODES = [(0o6777, 0o777, 0o777), (0o4777, 0o777, 0o777), (0o2777, 0o777, 0o777), (0o6767, 0o2767, 0o767),
         (0o2767, 0o2767, 0o767), (0o4666, 0o666, 0o666), (0o1777, 0o1777, 0o1777), (0o7777, 0o1777, 0o1777)]
# VFS_CAP_REVISION_2 with CAP_NET_RAW permitted (capabilities(7)).
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
PAGE = 4096


def write(fd):
    os.write(fd, b"x")


def pwrite(fd):
    os.pwrite(fd, b"x", 2)


def writev(fd):
    os.writev(fd, [b"x", b"y"])


def ftruncate(fd):
    os.ftruncate(fd, 3)


def ftruncate_same(fd):
    os.ftruncate(fd, os.fstat(fd).st_size)


def fallocate(fd):
    os.posix_fallocate(fd, 0, 2 * PAGE)


def keep_size(fd):
    call("fallocate", fd, FALLOC_KEEP_SIZE, 0, 2 * PAGE)


def punch(fd):
    call("fallocate", fd, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE, 0, PAGE)


def zero(fd):
    call("fallocate", fd, FALLOC_ZERO_RANGE, 0, PAGE)


def copy_range(fd):
    source, target = ctypes.c_long(0), ctypes.c_long(100)
    call("copy_file_range", fd, ctypes.byref(source), fd, ctypes.byref(target), 20, 0)


def splice(fd):
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    call("splice", reader, None, fd, None, 14, 0)
    os.close(reader), os.close(writer)


def sendfile(fd):
    with open("/proc/self/exe", "rb") as source:
        call("sendfile", fd, source.fileno(), None, 100)


CHANGES = (write, pwrite, writev, ftruncate, ftruncate_same, fallocate, keep_size, punch, zero, copy_range, splice, sendfile)


def subject(mode, owner=OWNER):
    return make(mode=mode, owner=owner, data=b"d" * 200)


@case
def changes_of_data():
    for caller in (OWNER, MEMBER, OTHER, ROOT):
        names = [(change, mode, inside if caller is not OTHER else outside, subject(mode))
                 for change in CHANGES for mode, inside, outside in MODES if mode & 0o006 == 0o006 or caller is not OTHER]

        def change_all():
            for change, _, _, name in names:
                fd = os.open(name, os.O_RDWR)
                works(change, fd)
                os.close(fd)

        acting(caller, change_all)
        for change, mode, left, name in names:
            with about("%s of %o by %s" % (change.__name__, mode, caller.name)):
                has(name, mode=mode if caller is ROOT else left)


@case
def changes_that_change_nothing():
    """A write of nothing, a read, a failed write, an open: none of them is a change."""
    for mode, _, _ in MODES:
        name = subject(mode)

        def idle():
            fd = os.open(name, os.O_RDWR)
            works(os.write, fd, b"")
            works(os.read, fd, 3)
            works(os.fsync, fd)
            os.close(fd)
            reading = os.open(name, os.O_RDONLY)
            fails("EBADF", os.write, reading, b"x")
            os.close(reading)

        acting(OWNER, idle)
        has(name, mode=mode)


@case
def bits_set_while_it_is_open():
    for change in CHANGES:
        for caller in (OWNER, OTHER):
            for repeats in (1, 2):
                name = subject(0o666)
                fd = os.open(name, os.O_RDWR)
                if repeats == 2:
                    acting(caller, lambda: works(change, fd))
                os.chmod(name, 0o6777)
                has(name, mode=0o6777)
                acting(caller, lambda: works(change, fd))
                with about("%s by %s, for the %d. time" % (change.__name__, caller.name, repeats)):
                    has(name, mode=0o777)
                    has(fd, mode=0o777)
                # And the next time again.
                os.chmod(name, 0o4777)
                acting(caller, lambda: works(change, fd))
                has(name, mode=0o777)
                os.close(fd)


@case
def capabilities_set_while_it_is_open():
    for change in CHANGES:
        for caller in (OWNER, OTHER, ROOT):
            name = subject(0o666)
            fd = os.open(name, os.O_RDWR)
            for _ in range(2):
                os.setxattr(name, "security.capability", CAPABILITY)
                gives(CAPABILITY, os.getxattr, name, "security.capability")
                acting(caller, lambda: works(change, fd))
                with about("%s by %s" % (change.__name__, caller.name)):
                    fails("ENODATA", os.getxattr, name, "security.capability")
            os.close(fd)


@case
def bits_set_through_the_descriptor_of_an_unlinked_file():
    for change in CHANGES:
        name = subject(0o666)
        fd = os.open(name, os.O_RDWR)
        os.unlink(name)
        os.fchmod(fd, 0o6777)
        acting(OTHER, lambda: works(change, fd))
        has(fd, mode=0o777, nlink=0)
        os.close(fd)


@case
def other_descriptors_see_the_bits_fall():
    for first, second in ((os.O_RDWR, os.O_RDONLY), (os.O_RDONLY, os.O_RDWR), (os.O_RDWR, os.O_RDWR)):
        name = subject(0o666)
        one, two = os.open(name, first), os.open(name, second)
        os.chmod(name, 0o6777)
        writing = one if first == os.O_RDWR else two
        acting(OTHER, lambda: works(write, writing))
        for fd in (one, two):
            has(fd, mode=0o777)
        has(name, mode=0o777)
        os.close(one), os.close(two)


@case
def the_writers_ids_count_not_the_openers():
    name = subject(0o6777)
    fd = os.open(name, os.O_RDWR)
    works(write, fd)
    has(name, mode=0o6777)
    acting(OTHER, lambda: works(write, fd))
    has(name, mode=0o777)
    os.close(fd)


@case
def opening_with_truncation():
    for caller in (OWNER, OTHER, ROOT):
        for mode, inside, outside in MODES:
            if mode & 0o006 == 0o006:
                name = subject(mode)
                works("open", name, os.O_WRONLY | os.O_TRUNC, by=caller)
                with about("%o by %s" % (mode, caller.name)):
                    has(name, mode=mode if caller is ROOT else outside if caller is OTHER else inside, size=0)


@case
def writing_through_a_map():
    """Linux does not look at the bits there (page_mkwrite): they stay."""
    name = subject(0o6777)

    def by_map():
        fd = os.open(name, os.O_RDWR)
        with mmap.mmap(fd, 100) as area:
            area[:4] = b"mapd"
            area.flush()
        os.close(fd)

    acting(OTHER, by_map)
    with open(name, "rb") as file:
        holds(b"mapd", file.read(4), "the data")
    has(name, mode=0o6777)


@case
def directories_keep_theirs():
    for mode in (0o6777, 0o2777, 0o4777, 0o1777):
        place = make("directory", owner=OWNER, mode=mode)
        works("mkdir", place + "/x", 0o755, by=OTHER)
        works("lchown", place, -1, OWNER.gid, by=OWNER)
        has(place, mode=mode)


@case
def file_capabilities():
    for caller in (OWNER, OTHER, ROOT):
        for change in CHANGES:
            name = subject(0o666)
            os.setxattr(name, "security.capability", CAPABILITY)
            gives(CAPABILITY, os.getxattr, name, "security.capability")

            def change_it():
                fd = os.open(name, os.O_RDWR)
                works(change, fd)
                os.close(fd)

            acting(caller, change_it)
            with about("%s by %s" % (change.__name__, caller.name)):
                fails("ENODATA", os.getxattr, name, "security.capability")
    for act in (lambda path: os.chown(path, 1, 1), lambda path: os.truncate(path, 1),
                lambda path: os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))):
        name = subject(0o755)
        os.setxattr(name, "security.capability", CAPABILITY)
        works(act, name)
        fails("ENODATA", os.getxattr, name, "security.capability")
    for act in (lambda path: os.chmod(path, 0o700), lambda path: os.utime(path), lambda path: os.rename(path, path + "x"),
                lambda path: os.link(path, path + "x"), lambda path: os.close(os.open(path, os.O_RDWR))):
        name = subject(0o755)
        os.setxattr(name, "security.capability", CAPABILITY)
        works(act, name)
        kept = name if os.path.exists(name) else name + "x"
        gives(CAPABILITY, os.getxattr, kept, "security.capability")
    fails("EPERM", os.setxattr, subject(0o777), "security.capability", CAPABILITY, by=OWNER)


@case
def running_a_set_id_program():
    """Where the mount allows it, the program runs as its owner; where not, as its caller."""
    for mode, owner in ((0o4755, OWNER), (0o2755, OWNER), (0o6755, MEMBER)):
        with open("/usr/bin/id", "rb") as program:
            name = make(data=program.read(), owner=owner, mode=mode)

        def run():
            told = subprocess.run(["./" + name, "-u"], capture_output=True, text=True, check=False).stdout.strip()
            group = subprocess.run(["./" + name, "-g"], capture_output=True, text=True, check=False).stdout.strip()
            takes = rightly("run set-id")
            holds(str(owner.uid if mode & 0o4000 and takes else OTHER.uid), told, "the user it runs as, mode %o" % mode)
            holds(str(owner.gid if mode & 0o2000 and takes else OTHER.gid), group, "the group it runs as, mode %o" % mode)

        acting(OTHER, run)
        has(name, mode=mode)
