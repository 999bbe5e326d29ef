"""What every call that takes a path owes it: the errors of path resolution (path_resolution(7)), one by one."""
import os
from typing import Callable, NamedTuple, Optional

from harness import NOT_DIRECTORIES, OTHER, OWNER, about, comes, fails, fresh, make, works

NAME_MAX = 255
PATH_MAX = 4096
LINKS_MAX = 40


class PathCall(NamedTuple):
    name: str
    # Does it to a path. Run by other callers, too.
    call: Callable
    # The kind of object that must be there; None: there must be none.
    needs: Optional[str] = "file"
    # Whether a symlink at the end is followed.
    follows: bool = True
    # What comes of a slash behind a name: of a file if there must be one, else of nothing.
    slash: Optional[str] = "ENOTDIR"


def padded(name, length):
    """A path to `name` of exactly that many bytes."""
    pad = length - len(name)
    return "./" * (pad // 2 - pad % 2) + (".//" if pad % 2 else "") + name


def check_paths(subject):
    place = os.getcwd()
    for part in (prefixes, lengths, loops, ends, searches):
        own = fresh()
        os.mkdir(own, 0o777)
        os.chdir(own)
        with about(subject.name, part.__name__):
            part(subject)
        os.chdir(place)


def ready(subject, path):
    """`path`, with the object there that the call needs."""
    return make(subject.needs, path) if subject.needs else path


def prefixes(subject):
    for kind in NOT_DIRECTORIES:
        fails("ENOTDIR", subject.call, make(kind) + "/x", what="beneath a " + kind)
    fails("ENOTDIR", subject.call, make("file") + "/../x", what="file/../x")
    os.symlink(make("file"), "to-file")
    fails("ENOTDIR", subject.call, "to-file/x", what="beneath a symlink to a file")
    fails("ENOENT", subject.call, "missing/x")
    fails("ENOENT", subject.call, "missing/../x")
    fails("ENOENT", subject.call, make("symlink") + "/x", what="beneath a dangling symlink")
    fails("ENOENT", subject.call, "")
    directory = make("directory")
    os.symlink(directory, "to-directory")
    os.mkdir(directory + "/sub")
    for path in (directory + "/a", directory + "//b", directory + "/./c", directory + "/sub/../d", "to-directory/e"):
        works(subject.call, ready(subject, path))


def lengths(subject):
    directory = make("directory")
    for unit in ("x", "é", "\n"):
        full = unit * (NAME_MAX // len(unit.encode()))
        full += "y" * (NAME_MAX - len(full.encode()))
        works(subject.call, ready(subject, directory + "/" + full))
    fails("ENAMETOOLONG", subject.call, directory + "/" + "x" * (NAME_MAX + 1))
    fails("ENAMETOOLONG", subject.call, "x" * (NAME_MAX + 1) + "/x", what="beneath a long name")
    for length in (PATH_MAX - 2, PATH_MAX - 1):
        name = ready(subject, fresh())
        works(subject.call, padded(name, length), what="a path of %d" % length)
    for length in (PATH_MAX, PATH_MAX + 1, 2 * PATH_MAX):
        name = ready(subject, fresh())
        fails("ENAMETOOLONG", subject.call, padded(name, length), what="a path of %d" % length)


def loops(subject):
    os.symlink("loop-b", "loop-a")
    os.symlink("loop-a", "loop-b")
    os.symlink("self", "self")
    fails("ELOOP", subject.call, "loop-a/x")
    fails("ELOOP", subject.call, "self/x")
    if subject.follows and subject.needs:
        fails("ELOOP", subject.call, "loop-b")
        fails("ELOOP", subject.call, "self")
    directory = make("directory")
    last = directory
    for number in range(LINKS_MAX + 1):
        os.symlink(last, "chain%d" % number)
        last = "chain%d" % number
    name = directory + "/" + fresh()
    ready(subject, name)
    works(subject.call, "chain%d/" % (LINKS_MAX - 1) + os.path.basename(name))
    fails("ELOOP", subject.call, "chain%d/" % LINKS_MAX + os.path.basename(name))


def ends(subject):
    if subject.needs:
        fails("ENOENT", subject.call, "nothing")
        fails("ENOENT", subject.call, "nothing/")
        if subject.follows:
            fails("ENOENT", subject.call, make("symlink"), what="a dangling symlink")
            path = ready(subject, fresh())
            os.symlink(path, path + "-link")
            works(subject.call, path + "-link", what="through a symlink")
    path = ready(subject, fresh())
    comes(subject.slash, subject.call, path + "/", what="with a slash behind")


def searches(subject):
    """Without search permission on a directory of the path, nothing beneath it can be told, not even its absence."""
    closed = make("directory", mode=0o700)
    os.mkdir(closed + "/inner", 0o777)
    os.chmod(closed + "/inner", 0o777)
    for path in (closed + "/a", closed + "/inner/b"):
        ready(subject, path)
        fails("EACCES", subject.call, path, by=OTHER)
    fails("EACCES", subject.call, closed + "/missing/x", by=OTHER)
    fails("EACCES", subject.call, closed + "/../x", by=OTHER)
    os.chown(closed, OWNER.uid, OWNER.gid)
    for mode in (0o600, 0o677, 0o400, 0o200, 0):
        os.chmod(closed, mode)
        path = ready(subject, "%s/m%o" % (closed, mode))
        fails("EACCES", subject.call, path, by=OWNER)
        works(subject.call, path, what="a path closed to all but root, by root")
