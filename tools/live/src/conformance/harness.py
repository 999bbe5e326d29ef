"""Assertions, callers and objects: what every program of the suite is written in.

An assertion is `works`, `fails`, `gives`, `holds` or `has`. It is counted, and if it does not come out as stated, a line
is kept that names operation, case, call, expected and got; the program goes on. `by` names the caller (callers.py).
"""
import contextlib
import ctypes
import os
import socket
import stat
import time

from callers import (EVERYBODY, MEMBER, OTHER, OWNER, ROOT, Caller, attempt, call_as, error_name, in_child)

__all__ = ["EVERYBODY", "MEMBER", "OTHER", "OWNER", "ROOT", "Caller", "in_child"]

KINDS = ("file", "directory", "fifo", "block", "char", "socket", "symlink")
NOT_DIRECTORIES = ("file", "fifo", "block", "char", "socket")
FORMATS = {"file": stat.S_IFREG, "directory": stat.S_IFDIR, "fifo": stat.S_IFIFO, "block": stat.S_IFBLK,
           "char": stat.S_IFCHR, "socket": stat.S_IFSOCK, "symlink": stat.S_IFLNK}


class Tally:
    assertions = 0
    failures = []
    scopes = []
    fresh = 0


def check(right, what, expected, got):
    Tally.assertions += 1
    if not right:
        line = "%s: %s: expected %s, got %s" % (": ".join(Tally.scopes), what, expected, got)
        Tally.failures.append(line if len(line) < 500 else line[:250] + " … " + line[-230:])
    return right


@contextlib.contextmanager
def about(*words):
    Tally.scopes.append(" ".join(str(word) for word in words))
    try:
        yield
    finally:
        Tally.scopes.pop()


def shown(value):
    if isinstance(value, (str, bytes)) and len(value) > 60:
        return "<%d long>" % len(value)
    if isinstance(value, (ctypes.Array, ctypes.Structure, ctypes.c_void_p)):
        return type(value).__name__
    if callable(value):
        return getattr(value, "__name__", "…")
    return repr(value)


def acting(by, function):
    """Runs a function full of assertions as another caller, in a child; they count here. What it returns."""

    def counted():
        before, Tally.failures = Tally.assertions, []
        kind, value = attempt(function, ())
        if kind == "error":
            check(False, getattr(function, "__name__", "…"), "an end", value)
        return value, Tally.assertions - before, Tally.failures

    with about("as", by.name):
        kind, told = in_child(counted, by)
        if kind == "error":
            check(False, getattr(function, "__name__", "…"), "an end", told)
            return None
    value, assertions, failures = told
    Tally.assertions += assertions
    Tally.failures += failures
    return value


def described(call, arguments, by, what):
    name = call if isinstance(call, str) else getattr(call, "__name__", "…")
    text = what or "%s(%s)" % (name, ", ".join(shown(each) for each in arguments))
    return text if by is ROOT else "%s by %s" % (text, by.name)


def works(call, *arguments, by=ROOT, what=None):
    """The result of a call that must not fail; None if it did."""
    kind, value = call_as(by, call, arguments)
    right = check(kind == "value", described(call, arguments, by, what), "success", value)
    return value if right else None


def fails(error, call, *arguments, by=ROOT, what=None):
    """`error`: the name of the errno."""
    kind, value = call_as(by, call, arguments)
    got = value if kind == "error" else "success (%s)" % shown(value)
    check(kind == "error" and value == error, described(call, arguments, by, what), error, got)


def gives(wanted, call, *arguments, by=ROOT, what=None):
    kind, value = call_as(by, call, arguments)
    check(kind == "value" and value == wanted, described(call, arguments, by, what), shown(wanted), shown(value))


def comes(wanted, call, *arguments, by=ROOT, what=None):
    """For tables: None is success, a name is an errno."""
    if wanted is None:
        return works(call, *arguments, by=by, what=what)
    return fails(wanted, call, *arguments, by=by, what=what)


def holds(wanted, got, what):
    return check(wanted == got and type(wanted) is type(got), what, shown(wanted), shown(got))


def has(path, **facts):
    """Facts of an object, followed never: mode (12 bits), kind, uid, gid, nlink, size, rdev, ino."""
    try:
        st = os.fstat(path) if isinstance(path, int) else os.lstat(path)
    except OSError as error:
        check(False, "lstat of %s" % shown(path), facts, error_name(error.errno))
        return
    seen = {"mode": stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid, "nlink": st.st_nlink,
            "size": st.st_size, "rdev": st.st_rdev, "ino": st.st_ino, "kind": stat.S_IFMT(st.st_mode),
            "mtime": st.st_mtime_ns, "atime": st.st_atime_ns}
    for name, wanted in facts.items():
        wanted = FORMATS[wanted] if name == "kind" else wanted
        form = oct if name in ("mode", "kind") else str
        check(seen[name] == wanted, "%s of %s" % (name, shown(path)), form(wanted), form(seen[name]))


def absent(*paths):
    for path in paths:
        fails("ENOENT", os.lstat, path)


def fresh():
    """A name not used before in this case's directory."""
    Tally.fresh += 1
    return "n%d" % Tally.fresh


def make(kind="file", path=None, mode=None, owner=None, data=b"data"):
    """An object, made by root. `owner`: a Caller, or (uid, gid)."""
    path = path or fresh()
    if kind == "file":
        with open(path, "xb") as file:
            file.write(data)
        os.chmod(path, 0o644)
    elif kind == "directory":
        os.mkdir(path, 0o755)
    elif kind == "fifo":
        os.mkfifo(path, 0o644)
    elif kind in ("block", "char"):
        os.mknod(path, FORMATS[kind] | 0o644, os.makedev(1, 3))
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
    else:
        os.symlink("no such target", path)
    if owner is not None:
        uid, gid = (owner.uid, owner.gid) if isinstance(owner, Caller) else owner
        os.lchown(path, uid, gid)
    if mode is not None and kind != "symlink":
        os.chmod(path, mode)
    return path


def world(path=None, mode=0o777):
    """A directory that anybody may change."""
    return make("directory", path, mode)


def tick():
    """Long enough for any clock of a kernel to have moved on."""
    time.sleep(0.02)


def setting(name):
    """A protected_* switch of the kernel (proc_sys_fs(5)); they differ between distributions."""
    with open("/proc/sys/fs/" + name) as file:
        return int(file.read())


CASES = {}


def case(function):
    CASES.setdefault(function.__module__, []).append(function)
    return function
