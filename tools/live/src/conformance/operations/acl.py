"""POSIX access control lists (acl(5)), by their extended attributes and by setfacl and getfacl."""
import errno
import os
import socket
import struct
import subprocess

from calls import AT_EMPTY_PATH, AT_FDCWD
from differences import Tree
from harness import (MEMBER, OTHER, OWNER, ROOT, about, acting, case, comes, fails, gives, has, holds, make, works)

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHERS = 1, 2, 4, 8, 16, 32
TAGS = {"u": (USER_OBJ, USER), "g": (GROUP_OBJ, GROUP), "m": (MASK, MASK), "o": (OTHERS, OTHERS)}
NOBODY = 0xFFFFFFFF
THIRD = OTHER._replace(name="a third", uid=10020, gid=10020, groups=(20001,))
CALLERS = (OWNER, MEMBER, OTHER, THIRD)


def encoded(text):
    """ "u::rw-,u:5:r--,…" as the kernel takes it: version 2, then tag, permissions and id of each."""
    entries = []
    for entry in text.split(","):
        tag, name, letters = entry.split(":")
        bits = sum(bit for bit, letter in ((4, "r"), (2, "w"), (1, "x")) if letter in letters)
        entries.append((TAGS[tag][1 if name else 0], bits, int(name) if name else NOBODY))
    entries.sort(key=lambda each: (each[0], each[2]))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def decoded(value):
    letters = {USER_OBJ: "u", USER: "u", GROUP_OBJ: "g", GROUP: "g", MASK: "m", OTHERS: "o"}
    entries = []
    for at in range(4, len(value), 8):
        tag, bits, name = struct.unpack_from("<HHI", value, at)
        shown = "".join(letter if bits & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x")))
        entries.append("%s:%s:%s" % (letters[tag], "" if name == NOBODY else name, shown))
    return ",".join(entries)


def put(path, text, kind=ACCESS):
    os.setxattr(path, kind, encoded(text))


def seen(path, kind=ACCESS):
    try:
        return decoded(os.getxattr(path, kind))
    except OSError as error:
        return errno.errorcode[error.errno]


FULL = "u::rw-,u:10003:r--,u:10020:-w-,g::r--,g:20001:rw-,m::rw-,o::---"


@case
def come_back_and_show_in_the_mode():
    name = make(mode=0o640)
    holds("ENODATA", seen(name), "the list of a plain file")
    works(put, name, FULL)
    holds(FULL, seen(name), "the list")
    has(name, mode=0o660)
    holds(FULL, seen(os.path.join(Tree.lower, name)), "the list in the lower tree")
    gives([ACCESS], lambda: [each for each in os.listxattr(name) if "posix" in each], what="listxattr")
    for mask, mode in (("r--", 0o640), ("---", 0o600), ("rwx", 0o670)):
        works(put, name, FULL.replace("m::rw-", "m::" + mask))
        has(name, mode=mode)
    # Three entries are the mode and nothing else.
    works(put, name, "u::r--,g::-w-,o::--x")
    has(name, mode=0o421)
    holds("ENODATA", seen(name), "the list of three entries")
    works(put, name, FULL)
    works(os.removexattr, name, ACCESS)
    holds("ENODATA", seen(name), "the list taken away")
    has(name, mode=0o660)


@case
def chmod_sets_the_mask():
    for mode, mask in ((0o600, "---"), (0o640, "r--"), (0o660, "rw-"), (0o670, "rwx"), (0o777, "rwx")):
        name = make()
        put(name, FULL)
        works("chmod", name, mode)
        has(name, mode=mode)
        first = "".join(letter if mode >> 6 & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x")))
        last = "".join(letter if mode & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x")))
        wanted = FULL.replace("m::rw-", "m::" + mask).replace("u::rw-", "u::" + first).replace("o::---", "o::" + last)
        holds(wanted, seen(name), "the list after chmod %o" % mode)


def grants(name, wanted, kind="file"):
    """`wanted`: the permissions of each caller, as letters."""
    for caller, letters in wanted.items():
        for letter, bit in (("r", os.R_OK), ("w", os.W_OK), ("x", os.X_OK)):
            comes(None if letter in letters else "EACCES", "access", name, bit, by=caller)
        if kind == "file":
            for flags, needed in ((os.O_RDONLY, "r"), (os.O_WRONLY, "w"), (os.O_RDWR, "rw")):
                comes(None if set(needed) <= set(letters) else "EACCES", "open", name, flags, by=caller)


@case
def decide_access():
    """The first entry that fits decides; groups together; the mask limits all but owner and others."""
    name = make(owner=OWNER)
    for text, wanted in (
        ("u::rw-,g::r--,o::---", {OWNER: "rw", MEMBER: "r", OTHER: "", THIRD: ""}),
        ("u::---,u:10001:rwx,g::---,m::rwx,o::rwx", {OWNER: "", MEMBER: "", OTHER: "rwx", THIRD: "rwx"}),
        ("u::rw-,u:10003:r--,g::---,m::rwx,o::rwx", {OWNER: "rw", MEMBER: "", OTHER: "r", THIRD: "rwx"}),
        ("u::rw-,u:10003:rwx,g::---,m::r--,o::---", {OWNER: "rw", MEMBER: "", OTHER: "r", THIRD: ""}),
        ("u::rw-,g::r--,g:20001:-w-,m::rwx,o::---", {OWNER: "rw", OTHER: "", THIRD: "w"}),
        ("u::rw-,g::---,g:20001:rw-,m::rwx,o::rwx", {OWNER: "rw", MEMBER: "rw", OTHER: "rwx", THIRD: "rw"}),
        ("u::rw-,u:10003:---,g::rwx,m::rwx,o::rwx", {OWNER: "rw", MEMBER: "rwx", OTHER: "", THIRD: "rwx"}),
        ("u::rw-,u:10020:r-x,g::---,g:20001:-w-,m::rwx,o::---", {THIRD: "rx", MEMBER: "w", OTHER: ""}),
        ("u::r--,g::---,g:10003:rw-,m::rw-,o::---", {OWNER: "r", MEMBER: "", OTHER: "rw", THIRD: ""}),
        # With an empty mask Linux looks at no list at all (acl_permission_check): who is named is an other.
        ("u::rwx,u:10003:---,g::rwx,m::---,o::rwx", {OWNER: "rwx", MEMBER: "", OTHER: "rwx", THIRD: "rwx"}),
    ):
        put(name, text)
        with about(text):
            grants(name, wanted)


@case
def of_groups_one_must_grant_it_all():
    """Two groups that grant a half each do not make a whole (acl(5), access check algorithm)."""
    name = make(owner=OWNER)
    put(name, "u::---,g::r--,g:20001:-w-,m::rwx,o::rwx")
    works("open", name, os.O_RDONLY, by=MEMBER)
    works("open", name, os.O_WRONLY, by=MEMBER)
    fails("EACCES", "open", name, os.O_RDWR, by=MEMBER)


@case
def decide_access_to_directories():
    for letters in ("---", "r--", "--x", "r-x", "-w-", "-wx", "rwx"):
        place = make("directory", owner=OWNER, mode=0o700)
        make("file", place + "/x", mode=0o666)
        put(place, "u::rwx,u:10003:%s,g::---,m::rwx,o::---" % letters)
        with about("with", letters):
            comes(None if "r" in letters else "EACCES", os.listdir, place, by=OTHER)
            comes(None if "x" in letters else "EACCES", os.lstat, place + "/x", by=OTHER)
            comes(None if letters[1:] == "wx" else "EACCES", "mkdir", place + "/d", 0o755, by=OTHER)
            comes(None if letters[1:] == "wx" else "EACCES", "rename", place + "/x", place + "/y", by=OTHER)
            fails("EACCES", os.listdir, place, by=MEMBER)


@case
def are_the_owners_to_set():
    name, place = make(owner=OWNER, mode=0o777), make("directory", owner=OWNER, mode=0o777)
    for path in (name, place):
        for caller in (MEMBER, OTHER):
            fails("EPERM", put, path, FULL, by=caller)
            fails("EPERM", os.removexattr, path, ACCESS, by=caller)
        works(put, path, FULL, by=OWNER)
        works(os.getxattr, path, ACCESS, by=OTHER)
        works(os.removexattr, path, ACCESS, by=OWNER)
    works(put, place, FULL, DEFAULT, by=OWNER)
    fails("EPERM", put, place, FULL, DEFAULT, by=OTHER)
    fails("EACCES", put, name, FULL, DEFAULT, by=OWNER)
    for kind in ("fifo", "char", "socket"):
        works(put, make(kind), FULL)


@case
def refuse_what_is_no_list():
    name = make()
    for value, result in ((b"", None), (b"\2\0\0\0", None), (b"\1\0\0\0" + encoded(FULL)[4:], "EOPNOTSUPP"),
                          (encoded(FULL)[:-1], "EINVAL"), (encoded("u::rw-,g::r--"), "EINVAL"),
                          (encoded("u::rw-,u:5:r--,g::r--,o::---"), "EINVAL"), (encoded("g::rw-,o::r--"), "EINVAL"),
                          (encoded("u::rw-,g::r--,o::---").replace(b"\6\0", b"\x0f\0", 1), "EINVAL")):
        comes(result, os.setxattr, name, ACCESS, value)


DEFAULTS = "u::rwx,u:10003:rwx,g::r-x,m::rwx,o::---"


@case
def default_lists_are_inherited_and_the_umask_is_not_asked():
    for umask in (0, 0o022, 0o077, 0o777):
        place = make("directory", mode=0o777)
        works(put, place, DEFAULTS, DEFAULT)
        has(place, mode=0o777)
        holds("ENODATA", seen(place), "the access list of the directory")
        os.umask(umask)
        for mode, user, mask, other in ((0o666, "rw-", "rw-", "---"), (0o777, "rwx", "rwx", "---"), (0o640, "rw-", "r--", "---"),
                                        (0o600, "rw-", "---", "---"), (0o604, "rw-", "---", "---")):
            wanted = "u::%s,u:10003:rwx,g::r-x,m::%s,o::%s" % (user, mask, other)
            bits = int("".join("1" if letter != "-" else "0" for letter in user + mask + other), 2)
            for what, arguments in (("open", (os.O_CREAT | os.O_WRONLY, mode)), ("mkdir", (mode,)), ("mkfifo", (mode,)),
                                    ("mknod", (0o100000 | mode, 0))):
                name = "%s/%s%o" % (place, what, mode)
                works(what, name, *arguments)
                with about("umask %o, mode %o" % (umask, mode)):
                    has(name, mode=bits)
                    holds(wanted, seen(name), "the list after " + what)
                    holds(DEFAULTS if what == "mkdir" else None, seen(name, DEFAULT) if what == "mkdir" else None,
                          "its default list")
        os.umask(0)


@case
def what_else_is_made_inherits():
    """Nameless files like any other; symlinks have no list."""
    place = make("directory", mode=0o777)
    put(place, DEFAULTS, DEFAULT)
    os.umask(0o077)
    fd = os.open(place, os.O_TMPFILE | os.O_RDWR, 0o666)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place + "/socket")
    os.symlink("to", place + "/symlink")
    os.umask(0)
    has(fd, mode=0o660)
    works("linkat", fd, "", AT_FDCWD, place + "/named", AT_EMPTY_PATH)
    os.close(fd)
    holds("u::rw-,u:10003:rwx,g::r-x,m::rw-,o::---", seen(place + "/named"), "the list of a nameless file")
    # bind(2) takes the umask off before it asks the directory (unix_bind_bsd).
    has(place + "/socket", mode=0o700)
    holds("u::rwx,u:10003:rwx,g::r-x,m::---,o::---", seen(place + "/socket"), "the list of a socket")
    has(place + "/symlink", mode=0o777)
    works("rename", place + "/named", "moved-out")
    holds("u::rw-,u:10003:rwx,g::r-x,m::rw-,o::---", seen("moved-out"), "the list after a rename")
    works("link", "moved-out", "second")
    holds("u::rw-,u:10003:rwx,g::r-x,m::rw-,o::---", seen("second"), "the list by another name")


@case
def the_owner_may_always_change_the_list_back():
    name = make(owner=OWNER)
    put(name, "u::---,u:10003:rwx,g::---,m::rwx,o::---")
    fails("EACCES", "open", name, os.O_RDONLY, by=OWNER)
    works("chmod", name, 0o600, by=OWNER)
    holds("u::rw-,u:10003:rwx,g::---,m::---,o::---", seen(name), "the list after chmod 600")
    works("open", name, os.O_RDWR, by=OWNER)
    fails("EACCES", "open", name, os.O_RDONLY, by=OTHER)
    works("lchown", name, OTHER.uid, OTHER.gid)
    holds("u::rw-,u:10003:rwx,g::---,m::---,o::---", seen(name), "the list after chown")
    works("truncate", name, 0, by=OTHER)
    holds("u::rw-,u:10003:rwx,g::---,m::---,o::---", seen(name), "the list after truncate")


@case
def plain_default_lists_give_a_plain_mode():
    place = make("directory")
    put(place, "u::rwx,g::r-x,o::--x", DEFAULT)
    os.umask(0o077)
    for what, arguments, mode in (("open", (os.O_CREAT | os.O_WRONLY, 0o666), 0o640), ("mkdir", (0o777,), 0o751)):
        works(what, place + "/" + what, *arguments)
        has(place + "/" + what, mode=mode)
        holds("ENODATA", seen(place + "/" + what), "its list")
    os.umask(0)
    works("mkdir", place + "/mkdir/deeper", 0o777)
    has(place + "/mkdir/deeper", mode=0o751)
    works(os.removexattr, place, DEFAULT)
    os.umask(0o027)
    works("mkdir", place + "/after", 0o777)
    os.umask(0)
    has(place + "/after", mode=0o750)


@case
def inherited_lists_decide_for_those_they_name():
    place = make("directory", mode=0o777)
    put(place, DEFAULTS, DEFAULT)

    def of_owner():
        os.umask(0o077)
        works("open", place + "/x", os.O_CREAT | os.O_WRONLY, 0o666)
        works("mkdir", place + "/d", 0o777)

    acting(OWNER, of_owner)
    has(place + "/x", uid=OWNER.uid, mode=0o660)
    works("open", place + "/x", os.O_RDWR, by=OTHER)
    fails("EACCES", "open", place + "/x", os.O_RDONLY, by=THIRD)
    works("mkdir", place + "/d/e", 0o777, by=OTHER)
    fails("EACCES", "mkdir", place + "/d/f", 0o777, by=MEMBER)


@case
def sgid_falls_with_a_list_set_by_a_stranger_to_the_group():
    for caller, group, kept in ((OWNER, 20001, False), (OWNER, OWNER.gid, True), (MEMBER, 20001, True), (ROOT, 20001, True)):
        name = make(owner=(caller.uid, group), mode=0o2755)
        works(put, name, FULL.replace("u::rw-", "u::rwx"), by=caller)
        with about("group %d by %s" % (group, caller.name)):
            has(name, mode=0o2760 if kept else 0o760)


@case
def the_programs_agree():
    name, place = make(owner=OWNER, mode=0o640), make("directory", owner=OWNER, mode=0o750)
    for arguments in (["-m", "u:10003:rw,g:20001:r", name], ["-m", "u:10003:rwx,d:u:10003:rx", place]):
        gives("", lambda: subprocess.run(["setfacl", *arguments], capture_output=True, text=True, check=False).stderr,
              what="setfacl")
    gives("user::rw-\nuser:10003:rw-\ngroup::r--\ngroup:20001:r--\nmask::rw-\nother::---\n\n", getfacl, name)
    gives("user::rwx\nuser:10003:rwx\ngroup::r-x\nmask::rwx\nother::---\ndefault:user::rwx\ndefault:user:10003:r-x\n"
          "default:group::r-x\ndefault:mask::r-x\ndefault:other::---\n\n", getfacl, place)
    gives(0, lambda: subprocess.run(["cp", "-a", name, "copy"], check=False).returncode, what="cp -a")
    gives(getfacl(name), getfacl, "copy")
    gives(0, lambda: subprocess.run(["setfacl", "-b", name], check=False).returncode, what="setfacl -b")
    gives("user::rw-\ngroup::r--\nother::---\n\n", getfacl, name)


def getfacl(path):
    return subprocess.run(["getfacl", "-n", "-c", path], capture_output=True, text=True, check=False).stdout
