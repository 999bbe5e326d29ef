"""Locks of all three kinds, and agents: processes of their own that take them on demand (fcntl(2), flock(2))."""
import fcntl
import os
import pickle
import signal
import struct
from typing import NamedTuple

from callers import ROOT, Servant
from harness import check, shown

FLOCK = "hhqqi4x"  # struct flock of 64-bit machines.
READ, WRITE, FREE = fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK
OFD_GETLK, OFD_SETLK, OFD_SETLKW = 36, 37, 38
SHARED, EXCLUSIVE, UNLOCKED, NOWAIT = fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_UN, fcntl.LOCK_NB
WAIT_SECONDS = 5

# What a process has open, by names of its own choice.
OPEN = {}


class Found(NamedTuple):
    kind: int
    start: int
    length: int
    pid: int


def open_as(key, path, flags=os.O_RDWR):
    OPEN[key] = os.open(path, flags)


def close(key):
    os.close(OPEN.pop(key))


def duplicate(key, other):
    OPEN[other] = os.dup(OPEN[key])


def lock(key, kind, start=0, length=0, command=fcntl.F_SETLK, whence=os.SEEK_SET):
    """A POSIX lock; an OFD lock by its command."""
    fcntl.fcntl(OPEN[key], command, struct.pack(FLOCK, kind, whence, start, length, 0))


def ofd(key, kind, start=0, length=0, command=OFD_SETLK):
    lock(key, kind, start, length, command)


def conflict(key, kind, start=0, length=0, command=fcntl.F_GETLK):
    """The lock that is in the way, or None."""
    found, _, start, length, pid = struct.unpack(
        FLOCK, fcntl.fcntl(OPEN[key], command, struct.pack(FLOCK, kind, os.SEEK_SET, start, length, 0)))
    return None if found == FREE else Found(found, start, length, pid)


def whole(key, operation):
    """An flock."""
    fcntl.flock(OPEN[key], operation)


class Interrupted(Exception):
    pass


def wait_until_signalled(call, *arguments):
    """A lock that waits, given up at SIGUSR1: "interrupted", or the result."""

    def give_up(_signal, _frame):
        raise Interrupted

    signal.signal(signal.SIGUSR1, give_up)
    try:
        return call(*arguments)
    except Interrupted:
        return "interrupted"


class Agent(Servant):
    def __init__(self, path=None, flags=os.O_RDWR):
        super().__init__(ROOT)
        self.waits = False
        self.end.settimeout(WAIT_SECONDS)
        if path is not None:
            self.do(None, open_as, "file", path, flags)

    def start(self, call, *arguments):
        self.waits = True
        self.end.send(pickle.dumps((call, arguments)))

    def finish(self, seconds=WAIT_SECONDS):
        self.end.settimeout(seconds)
        try:
            told = self.end.recv(1 << 17)
            self.waits = False
            return pickle.loads(told)
        except TimeoutError:
            return "nothing", "it still waits"
        finally:
            self.end.settimeout(WAIT_SECONDS)

    def said(self, wanted, answer, what):
        kind, value = answer
        got = value if kind == "error" else None if kind == "value" else kind
        return check(got == wanted, what, wanted or "success", got or "success")

    def do(self, wanted, call, *arguments):
        """`wanted`: None for success, or the errno."""
        self.start(call, *arguments)
        answer = self.finish()
        self.said(wanted, answer, "%s(%s) by an agent" % (call.__name__, ", ".join(shown(each) for each in arguments)))
        return answer[1]

    def finds(self, wanted, call, *arguments):
        self.start(call, *arguments)
        kind, value = self.finish()
        check(kind == "value" and value == wanted, "%s%r by an agent" % (call.__name__, arguments), wanted, value)

    def kill(self):
        self.waits = False
        os.kill(self.pid, 9)
        self.dismiss()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.waits:
            self.kill()
        elif self.end.fileno() >= 0:
            self.dismiss()
