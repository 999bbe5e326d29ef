"""Directories with the sticky bit: who may remove and rename what in them (unlink(2), rmdir(2), rename(2))."""
import os

from calls import AT_FDCWD, RENAME_EXCHANGE
from harness import KINDS, MEMBER, OTHER, OWNER, ROOT, about, absent, case, comes, fresh, has, make, works

CALLERS = (ROOT, OWNER, OTHER, MEMBER)
STICKY = 0o1777


def may(caller, place_owner, object_owner):
    return caller is ROOT or caller in (place_owner, object_owner)


def everyone(kinds=KINDS):
    """Who owns the directory, who the object in it, who calls, and what the object is."""
    for place_owner in (ROOT, OWNER, OTHER):
        for object_owner in (ROOT, OWNER, OTHER):
            for caller in CALLERS:
                for kind in kinds:
                    yield place_owner, object_owner, caller, kind


def told(place_owner, object_owner, caller):
    return about("of %s in a directory of %s as %s" % (object_owner.name, place_owner.name, caller.name))


@case
def removing():
    for place_owner, object_owner, caller, kind in everyone():
        place = make("directory", owner=place_owner, mode=STICKY)
        name = make(kind, place + "/x", owner=object_owner, mode=0o777)
        right = may(caller, place_owner, object_owner)
        with told(place_owner, object_owner, caller):
            comes(None if right else "EPERM", "rmdir" if kind == "directory" else "unlink", name, by=caller)
            if right:
                absent(name)
            else:
                has(name, kind=kind, uid=object_owner.uid)


@case
def removing_without_the_sticky_bit():
    for place_owner, object_owner, caller, kind in everyone(("file", "directory", "symlink")):
        place = make("directory", owner=place_owner, mode=0o777)
        name = make(kind, place + "/x", owner=object_owner, mode=0)
        with told(place_owner, object_owner, caller):
            works("rmdir" if kind == "directory" else "unlink", name, by=caller)
            absent(name)


@case
def renaming_within():
    for place_owner, object_owner, caller, kind in everyone(("file", "directory", "fifo", "symlink")):
        place = make("directory", owner=place_owner, mode=STICKY)
        name = make(kind, place + "/x", owner=object_owner, mode=0o777)
        right = may(caller, place_owner, object_owner)
        with told(place_owner, object_owner, caller):
            comes(None if right else "EPERM", "rename", name, place + "/y", by=caller)
            has(place + ("/y" if right else "/x"), kind=kind)


@case
def renaming_out_of_it():
    for place_owner, object_owner, caller, kind in everyone(("file", "symlink")):
        place, to = make("directory", owner=place_owner, mode=STICKY), make("directory", mode=0o777)
        name = make(kind, place + "/x", owner=object_owner, mode=0o777)
        right = may(caller, place_owner, object_owner)
        with told(place_owner, object_owner, caller):
            comes(None if right else "EPERM", "rename", name, to + "/y", by=caller)


@case
def replacing_in_it():
    for place_owner, object_owner, caller, kind in everyone(("file", "directory", "symlink")):
        place, origin = make("directory", owner=place_owner, mode=STICKY), make("directory", mode=0o777)
        name = make(kind, place + "/x", owner=object_owner, mode=0o777)
        source = make("directory" if kind == "directory" else "file", origin + "/y", owner=caller)
        number = os.lstat(source).st_ino
        right = may(caller, place_owner, object_owner)
        with told(place_owner, object_owner, caller):
            comes(None if right else "EPERM", "rename", source, name, by=caller)
            if right:
                has(name, ino=number)
            else:
                has(name, kind=kind, uid=object_owner.uid)
                has(source, ino=number)


@case
def exchanging_needs_the_right_to_both():
    for place_owner, object_owner, caller, _ in everyone(("file",)):
        place = make("directory", owner=place_owner, mode=STICKY)
        name, own = make("file", place + "/x", owner=object_owner), make("file", place + "/y", owner=caller)
        right = may(caller, place_owner, object_owner)
        with told(place_owner, object_owner, caller):
            for one, two in ((name, own), (own, name)):
                comes(None if right else "EPERM", "renameat2", AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE, by=caller)


@case
def write_permission_comes_first():
    for bits in (0, 1, 2, 4, 5, 6):
        place = make("directory", owner=OWNER, mode=0o1000 | bits << 6)
        name = make("file", place + "/x", owner=OWNER)
        for what, arguments in (("unlink", (name,)), ("rename", (name, place + "/" + fresh()))):
            comes("EACCES", what, *arguments, by=OWNER)
        has(name, size=4)


@case
def creating_and_linking_are_free():
    for place_owner in (ROOT, OWNER):
        place = make("directory", owner=place_owner, mode=STICKY)
        for caller in CALLERS:
            works("mkdir", place + "/" + fresh(), 0o755, by=caller)
            works("open", place + "/" + fresh(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644, by=caller)
            works("symlink", "x", place + "/" + fresh(), by=caller)
