"""chown, lchown, fchown, fchownat (chown(2))."""
import os

from calls import AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW
from harness import (EVERYBODY, KINDS, MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, has, make, works)
from paths import PathCall, check_paths

IDS = [(0, 0), (10001, 10001), (65534, 65534), (1, 70000), (2**31, 2**31 - 1), (2**32 - 2, 2**32 - 2)]
KEEP = -1


def fchown(path, uid, gid):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.fchown(fd, uid, gid)
    finally:
        os.close(fd)


def fchown_path_only(path, uid, gid):
    """By an O_PATH descriptor, which works for every kind of object."""
    fd = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        works("fchownat", fd, "", uid, gid, AT_EMPTY_PATH)
    finally:
        os.close(fd)


@case
def root_sets_any_ids_on_every_kind():
    for kind in KINDS:
        name = make(kind)
        for uid, gid in IDS:
            works("lchown", name, uid, gid)
            has(name, uid=uid, gid=gid, kind=kind)
            works("lchown", name, KEEP, 5)
            has(name, uid=uid, gid=5)
            works("lchown", name, 6, KEEP)
            has(name, uid=6, gid=5)
            works("lchown", name, KEEP, KEEP)
            has(name, uid=6, gid=5)
            works("fchownat", AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW)
            has(name, uid=uid, gid=gid)
            fchown_path_only(name, gid, uid)
            has(name, uid=gid, gid=uid)
            if kind in ("file", "directory", "fifo"):
                works(fchown, name, uid, gid)
                has(name, uid=uid, gid=gid)


@case
def symlinks_are_followed_by_chown_and_not_by_lchown():
    for kind in ("file", "directory", "fifo", "block", "char", "socket"):
        name = make(kind)
        os.symlink(name, name + "-link")
        for follow in (lambda path: os.chown(path, 11, 12), lambda path: works("fchownat", AT_FDCWD, path, 11, 12, 0)):
            works("lchown", name, 0, 0)
            works(follow, name + "-link")
            has(name, uid=11, gid=12)
            has(name + "-link", uid=0, gid=0)
        works("lchown", name + "-link", 21, 22)
        has(name, uid=11, gid=12)
        has(name + "-link", uid=21, gid=22, mode=0o777, kind="symlink")
    fails("EINVAL", "fchownat", AT_FDCWD, make(), 1, 1, 0x80000)


@case
def owners_give_nothing_away():
    for kind in KINDS:
        for caller in (OWNER, MEMBER, OTHER):
            for uid, gid, result in ((ROOT.uid, KEEP, "EPERM"), (OTHER.uid + 1, KEEP, "EPERM"), (KEEP, 0, "EPERM"),
                                     (KEEP, 30000, "EPERM"), (OTHER.uid + 1, 30000, "EPERM")):
                name = make(kind, owner=caller)
                comes(result, "lchown", name, uid, gid, by=caller)
                has(name, uid=caller.uid, gid=caller.gid)
            # What changes nothing is allowed.
            for uid, gid in ((caller.uid, KEEP), (KEEP, caller.gid), (caller.uid, caller.gid), (KEEP, KEEP)):
                works("lchown", name, uid, gid, by=caller)
                has(name, uid=caller.uid, gid=caller.gid)


@case
def groups_of_the_owner_are_his_to_choose_from():
    for kind in KINDS:
        name = make(kind, owner=MEMBER)
        for group in MEMBER.groups + (MEMBER.gid,):
            works("lchown", name, KEEP, group, by=MEMBER)
            has(name, uid=MEMBER.uid, gid=group)
            works("lchown", name, MEMBER.uid, group, by=MEMBER)
        fails("EPERM", "lchown", name, KEEP, 20002, by=MEMBER)
        has(name, gid=MEMBER.gid)


@case
def files_of_others_are_taboo():
    for kind in KINDS:
        for owner in (ROOT, OWNER):
            for caller in (MEMBER, OTHER):
                name = make(kind, owner=owner, mode=0o777)
                for uid, gid in ((caller.uid, KEEP), (KEEP, caller.gid), (caller.uid, caller.gid), (owner.uid, KEEP),
                                 (KEEP, owner.gid)):
                    fails("EPERM", "lchown", name, uid, gid, by=caller)
                works("lchown", name, KEEP, KEEP, by=caller)
                has(name, uid=owner.uid, gid=owner.gid)
    fails("EPERM", fchown, make(mode=0o777), OTHER.uid, OTHER.gid, by=OTHER)


@case
def set_id_bits_fall():
    """Of a file always; of a directory, never. S_ISGID without S_IXGRP is no set-id bit and stays for root."""
    # By root of his own file, with CAP_FSETID: Linux clears them all the same.
    for mode, left in ((0o6755, 0o755), (0o4755, 0o755), (0o2755, 0o755), (0o2711, 0o711), (0o4644, 0o644),
                       (0o2644, 0o2644), (0o6666, 0o2666), (0o7777, 0o1777), (0o644, 0o644), (0o1755, 0o1755)):
        for uid, gid in ((5, KEEP), (KEEP, 5), (5, 5), (0, 0)):
            for kind in ("file", "directory"):
                name = make(kind, mode=mode)
                works("lchown", name, uid, gid)
                with about("mode %o to %d:%d of a %s by root" % (mode, uid, gid, kind)):
                    has(name, mode=left if kind == "file" else mode)
    for mode, left in ((0o6755, 0o755), (0o4755, 0o755), (0o2755, 0o755), (0o2710, 0o710), (0o4644, 0o644), (0o6777, 0o777)):
        for gid in MEMBER.groups + (MEMBER.gid,):
            name = make(owner=MEMBER, mode=mode)
            works("lchown", name, KEEP, gid, by=MEMBER)
            with about("mode %o to group %d by its owner" % (mode, gid)):
                has(name, mode=left, gid=gid)
            fd_name = make(owner=MEMBER, mode=mode)
            works(fchown, fd_name, KEEP, gid, by=MEMBER) if mode & 0o400 else None
            with about("the same with fchown"):
                has(fd_name, mode=left, gid=gid)


@case
def nothing_to_change_still_clears_nothing_of_a_failed_call():
    for mode in (0o6755, 0o2755, 0o4755):
        name = make(owner=OWNER, mode=mode)
        fails("EPERM", "lchown", name, OTHER.uid, KEEP, by=OWNER)
        has(name, mode=mode, uid=OWNER.uid)
        fails("EPERM", "lchown", name, KEEP, OTHER.gid, by=OTHER)
        has(name, mode=mode, gid=OWNER.gid)


@case
def a_new_owner_decides_at_once():
    name = make(mode=0o600)
    for caller in (OWNER, MEMBER, OTHER):
        os.chown(name, caller.uid, caller.gid)
        for reader in EVERYBODY:
            comes(None if reader in (caller, ROOT) else "EACCES", "open", name, os.O_RDONLY, by=reader)
    os.chmod(name, 0o060)
    for group, readers in ((OWNER.gid, (OWNER, MEMBER)), (OTHER.gid, (OTHER,)), (20001, (MEMBER,)), (0, ())):
        os.chown(name, 0, group)
        for reader in (OWNER, MEMBER, OTHER):
            comes(None if reader in readers else "EACCES", "open", name, os.O_RDWR, by=reader)


@case
def descriptors():
    name = make(owner=OWNER)
    fd = os.open(name, os.O_RDONLY)
    os.unlink(name)
    works(os.fchown, fd, 7, 8)
    has(fd, uid=7, gid=8, nlink=0)
    acting(OTHER, lambda: fails("EPERM", os.fchown, fd, OTHER.uid, OTHER.gid))
    os.close(fd)
    fails("EBADF", "fchown", fd, 1, 1)
    path_only = os.open(make(), os.O_PATH)
    fails("EBADF", "fchown", path_only, 1, 1)
    os.close(path_only)


@case
def path_errors():
    check_paths(PathCall("chown", lambda path: os.chown(path, -1, -1)))
    check_paths(PathCall("lchown", lambda path: os.lchown(path, -1, -1), follows=False))
