"""Who calls, and calls made as somebody else: in child processes that have dropped to other ids for good."""
import errno
import os
import pickle
import signal
import socket
from typing import NamedTuple

from calls import call as libc_call


class Caller(NamedTuple):
    name: str
    uid: int
    gid: int
    groups: tuple = ()


ROOT = Caller("root", 0, 0)
OWNER = Caller("the owner", 10001, 10001)
# In the owner's group by a supplementary group alone.
MEMBER = Caller("a member", 10002, 10002, (10001, 20001))
OTHER = Caller("another", 10003, 10003)
EVERYBODY = (ROOT, OWNER, MEMBER, OTHER)

CHILD_SECONDS = 20

# Python knows these numbers by their other names.
USUAL = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EDEADLK: "EDEADLK", errno.EAGAIN: "EAGAIN"}


def error_name(number):
    return USUAL.get(number) or errno.errorcode.get(number, str(number))


def attempt(call, arguments):
    """("value", result) or ("error", name of the errno)."""
    try:
        return "value", libc_call(call, *arguments) if isinstance(call, str) else call(*arguments)
    except OSError as error:
        return "error", error_name(error.errno)
    except Exception as error:  # A mistake in the suite: told, not hidden behind the first.
        return "error", repr(error)


def become(caller):
    os.setgroups(caller.groups)
    os.setresgid(caller.gid, caller.gid, caller.gid)
    os.setresuid(caller.uid, caller.uid, caller.uid)
    # A change of ids hides /proc/self from its own process (prctl(2), PR_SET_DUMPABLE).
    libc_call("prctl", 4, 1, 0, 0, 0)


def start_child(caller):
    """In a new child: its own alarm, the caller's ids."""
    signal.alarm(0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(CHILD_SECONDS)
    if caller is not ROOT:
        become(caller)


def in_child(function, caller=ROOT):
    """attempt(function) in a child of its own; what it returns must be picklable."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            start_child(caller)
            with open(writer, "wb") as pipe:
                pickle.dump(attempt(function, ()), pipe)
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        told = pipe.read()
    status = os.waitpid(child, 0)[1]
    return pickle.loads(told) if told else ("error", "the child ended with status %d" % status)


class Servant:
    """A child that goes on making calls for one caller in one directory: a fork per call would take most of the time."""

    def __init__(self, caller):
        self.end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                kept = os.dup2(other.fileno(), 3)
                os.closerange(kept + 1, 1024)
                start_child(caller)
                self.serve(socket.socket(fileno=kept))
            finally:
                os._exit(0)
        other.close()

    @staticmethod
    def serve(end):
        while asked := end.recv(1 << 17):
            signal.alarm(CHILD_SECONDS)
            end.send(pickle.dumps(attempt(*pickle.loads(asked))))

    def ask(self, request):
        self.end.send(request)
        return pickle.loads(self.end.recv(1 << 17))

    def dismiss(self):
        self.end.close()
        os.waitpid(self.pid, 0)


SERVANTS = {}


def dismiss_servants():
    while SERVANTS:
        SERVANTS.popitem()[1].dismiss()


def call_as(caller, call, arguments):
    """attempt() as the caller. Descriptors opened meanwhile are not the servant's: use a function of one's own there."""
    if caller is ROOT:
        return attempt(call, arguments)
    try:
        request = pickle.dumps((call, arguments))
        place = os.getcwd()
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, OSError):
        return in_child(lambda: libc_call(call, *arguments) if isinstance(call, str) else call(*arguments), caller)
    if (caller, place) not in SERVANTS:
        SERVANTS[caller, place] = Servant(caller)
    return SERVANTS[caller, place].ask(request)
