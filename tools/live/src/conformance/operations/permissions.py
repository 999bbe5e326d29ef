"""Every permission bit for every class of callers, one at a time; access and faccessat (path_resolution(7), access(2))."""
import ctypes
import os
import subprocess

from calls import AT_EACCESS, AT_FDCWD, call
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, gives, holds, make,
                     works, world)

CLASSES = ((6, OWNER), (3, MEMBER), (0, OTHER))
ACCESSES = (os.F_OK, os.R_OK, os.W_OK, os.X_OK, os.R_OK | os.W_OK, os.R_OK | os.X_OK, os.W_OK | os.X_OK, 7)
# In no group of anybody's but by its third supplementary group.
WANDERER = OTHER._replace(name="a wanderer", uid=10009, gid=10009, groups=(30001, 30002, OWNER.gid))


def each_class():
    """Bits that only one class has, and bits that only the two others have: a class is looked at alone."""
    for bits in range(8):
        for shift, caller in CLASSES:
            yield bits, bits << shift, caller
            yield bits, 0o777 & ~(7 << shift) | bits << shift, caller


@case
def files():
    for bits, mode, caller in each_class():
        name = make(owner=OWNER, mode=mode)
        with about("mode %o" % mode):
            for flags, needed in ((os.O_RDONLY, 4), (os.O_WRONLY, 2), (os.O_RDWR, 6)):
                comes(None if bits & needed == needed else "EACCES", "open", name, flags, by=caller)
            comes(None if bits & 2 else "EACCES", "truncate", name, 0, by=caller)
            comes(None if bits & 2 or caller is OWNER else "EACCES", os.utime, name, by=caller)
            comes("ENODATA" if bits & 4 else "EACCES", os.getxattr, name, "user.x", by=caller)


@case
def running_files():
    for bits, mode, caller in each_class():
        name = make(owner=OWNER, mode=mode, data=b"#!/bin/true\n")
        with about("mode %o" % mode):
            # The interpreter is started; that it may not read the script is its own affair.
            comes(None if bits & 1 else "EACCES", start, name, by=caller)
    for mode, result in ((0o666, "EACCES"), (0o001, None), (0o010, None), (0o100, None)):
        comes(result, start, make(mode=mode, data=b"#!/bin/true\n"), by=ROOT)


def start(name):
    subprocess.run(["./" + name], check=False)


@case
def directories():
    for bits, mode, caller in each_class():
        place = make("directory", owner=OWNER, mode=mode)
        make("file", place + "/file", mode=0o666)
        os.mkdir(place + "/sub")
        change = None if bits & 3 == 3 else "EACCES"
        with about("mode %o" % mode):
            comes(None if bits & 4 else "EACCES", os.listdir, place, by=caller)
            comes(None if bits & 1 else "EACCES", os.lstat, place + "/file", by=caller)
            comes("ENOENT" if bits & 1 else "EACCES", os.lstat, place + "/absent", by=caller)
            comes(None if bits & 1 else "EACCES", "open", place + "/file", os.O_RDWR, by=caller)
            comes(change, "mkdir", place + "/d", 0o755, by=caller)
            comes(change, "symlink", "to", place + "/l", by=caller)
            comes(change, "mkfifo", place + "/p", 0o644, by=caller)
            comes(change, "open", place + "/new", os.O_CREAT | os.O_WRONLY, 0o644, by=caller)
            comes(change, "rename", place + "/file", place + "/named", by=caller)
            comes(change, "rmdir", place + "/sub", by=caller)
            comes("ENOENT" if bits & 1 else "EACCES", "unlink", place + "/absent", by=caller)


@case
def entering_directories():
    for bits, mode, caller in each_class():
        place = make("directory", owner=OWNER, mode=mode)

        def enter():
            comes(None if bits & 1 else "EACCES", os.chdir, place)

        with about("mode %o" % mode):
            acting(caller, enter)


@case
def access_tells_the_same():
    for kind in KINDS:
        if kind == "symlink":
            continue
        for bits, mode, caller in each_class():
            name = make(kind, owner=OWNER, mode=mode)
            for wanted in ACCESSES:
                comes(None if bits & wanted == wanted else "EACCES", "access", name, wanted, by=caller)
                comes(None if bits & wanted == wanted else "EACCES", "faccessat", AT_FDCWD, name, wanted, AT_EACCESS,
                      by=caller)
    for mode in (0, 0o001, 0o010, 0o100, 0o666):
        name = make(mode=mode)
        comes(None if mode & 0o111 else "EACCES", "access", name, os.X_OK)
        works("access", name, os.R_OK | os.W_OK)
        works("access", make("directory", mode=mode), 7)
    fails("EINVAL", "access", name, 8)


@case
def access_asks_for_the_real_ids():
    mine, roots = make(owner=OWNER, mode=0o600), make(mode=0o600)

    def mixed():
        os.setresuid(OWNER.uid, 0, 0)
        for name, real, effective in ((mine, None, None), (roots, "EACCES", None)):
            comes(real, "access", name, os.R_OK)
            comes(effective, "faccessat", AT_FDCWD, name, os.R_OK, AT_EACCESS)
        os.setresuid(0, OTHER.uid, 0)
        for name in (mine, roots):
            comes(None, "access", name, os.R_OK)
            comes("EACCES", "faccessat", AT_FDCWD, name, os.R_OK, AT_EACCESS)
            comes("EACCES", "open", name, os.O_RDONLY)

    acting(ROOT, mixed)


@case
def one_supplementary_group_is_enough():
    place = world()
    for mode, group, reads, writes in ((0o640, OWNER.gid, True, False), (0o660, OWNER.gid, True, True),
                                       (0o606, OWNER.gid, False, False), (0o660, 30002, True, True),
                                       (0o664, 30003, True, False), (0o660, 30003, False, False)):
        name = make("file", place + "/" + "f%o-%d" % (mode, group), owner=(OWNER.uid, group), mode=mode)
        comes(None if reads else "EACCES", "open", name, os.O_RDONLY, by=WANDERER)
        comes(None if writes else "EACCES", "open", name, os.O_WRONLY, by=WANDERER)
    for mode, group, may in ((0o770, OWNER.gid, True), (0o770, 30001, True), (0o770, 30003, False), (0o707, 30001, False)):
        shared = make("directory", owner=(0, group), mode=mode)
        comes(None if may else "EACCES", "mkdir", shared + "/d", 0o755, by=WANDERER)
        comes(None if may else "EACCES", os.listdir, shared, by=WANDERER)
    many = WANDERER._replace(groups=tuple(range(40_000, 40_300)))
    for group, may in ((40_000, True), (40_031, True), (40_032, True), (40_299, True), (40_300, False)):
        name = make(owner=(0, group), mode=0o060)
        comes(None if may else "EACCES", "open", name, os.O_RDWR, by=many)
        shared = make("directory", owner=(0, group), mode=0o070)
        comes(None if may else "EACCES", "mkdir", shared + "/d", 0o755, by=many)


@case
def root_passes_everything_but_running():
    for kind in ("file", "directory"):
        for owner in EVERYBODY:
            name = make(kind, owner=owner, mode=0)
            if kind == "file":
                works("open", name, os.O_RDWR)
                fails("EACCES", start, name)
            else:
                works("mkdir", name + "/x", 0)
                gives(["x"], os.listdir, name)


@case
def capabilities_decide_one_by_one():
    """capabilities(7): DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, CHOWN, each taken away from root."""
    closed, theirs, place = make(mode=0o000), make(owner=OWNER, mode=0o666), make("directory", owner=OWNER, mode=0o755)

    def without(bits, rows):
        def limited():
            drop(bits)
            for result, name, *arguments in rows:
                comes(result, name, *arguments)

        with about("without", bits):
            acting(ROOT, limited)

    without((1,), [(None, "open", closed, os.O_RDONLY), ("EACCES", "open", closed, os.O_WRONLY),
                   ("EACCES", "mkdir", place + "/x", 0o755), (None, os.listdir, place)])
    without((1, 2), [("EACCES", "open", closed, os.O_RDONLY), (None, "chmod", closed, 0)])
    without((3,), [("EPERM", "chmod", theirs, 0o600), ("EPERM", os.utime, theirs, (1, 1)), (None, "chmod", closed, 0),
                   (None, "open", theirs, os.O_RDWR), ("EPERM", "open", theirs, os.O_RDONLY | os.O_NOATIME)])
    without((0,), [("EPERM", "lchown", theirs, 0, 0), ("EPERM", "lchown", closed, 5, -1), (None, "lchown", closed, -1, -1)])
    without((27,), [("EPERM", "mknod", "device", 0o020600, 259), (None, "mkfifo", "pipe", 0o600)])
    holds(0, os.lstat(closed).st_uid, "the owner after all that")


def drop(bits):
    """Takes capabilities out of the effective and the permitted set (capset(2))."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    call("capget", header, data)
    for bit in bits:
        data[0] &= ~(1 << bit)
        data[1] &= ~(1 << bit)
    call("capset", header, data)
