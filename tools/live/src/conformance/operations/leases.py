"""Leases: being asked before others open a file (fcntl(2), F_SETLEASE)."""
import fcntl
import os
import signal
import threading
import time

from harness import OTHER, OWNER, ROOT, acting, case, comes, fails, gives, holds, make, works

READ, WRITE, FREE = fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK


def lease(fd, kind):
    fcntl.fcntl(fd, fcntl.F_SETLEASE, kind)


def held(fd):
    return fcntl.fcntl(fd, fcntl.F_GETLEASE)


@case
def depend_on_who_has_it_open():
    for own, others, kind, result in (
        (os.O_RDONLY, None, READ, None), (os.O_RDONLY, None, WRITE, None), (os.O_RDWR, None, WRITE, None),
        (os.O_RDWR, None, READ, "EAGAIN"), (os.O_RDONLY, os.O_RDONLY, READ, None), (os.O_RDONLY, os.O_RDONLY, WRITE, "EAGAIN"),
        (os.O_RDONLY, os.O_WRONLY, READ, "EAGAIN"), (os.O_RDONLY, os.O_RDWR, WRITE, "EAGAIN")):
        name = make()
        fd = os.open(name, own)
        other = None if others is None else os.open(name, others)
        comes(result, lease, fd, kind)
        gives(FREE if result else kind, held, fd)
        works(lease, fd, FREE) if result is None else None
        gives(FREE, held, fd)
        os.close(fd)
        os.close(other) if other is not None else None


@case
def others_are_told_to_wait_and_the_holder_to_hurry():
    for kind, flags, breaks in ((READ, os.O_RDONLY, False), (READ, os.O_WRONLY, True), (WRITE, os.O_RDONLY, True),
                                (WRITE, os.O_RDWR, True)):
        name = make()

        def hold_and_give_up():
            told = []
            signal.signal(signal.SIGIO, lambda *_: told.append("told"))
            fd = os.open(name, os.O_RDONLY)
            works(lease, fd, kind)
            comes("EAGAIN" if breaks else None, "open", name, flags | os.O_NONBLOCK, by=OTHER if kind else ROOT)
            time.sleep(0.02)
            holds(["told"] if breaks else [], told, "the signal")
            if breaks:
                # An open that may wait goes on as soon as the lease is given up.
                threading.Timer(0.05, lambda: lease(fd, FREE)).start()
            works("open", name, flags)
            os.close(fd)

        os.chmod(name, 0o666)
        acting(ROOT, hold_and_give_up)


@case
def are_for_the_owner_and_for_files():
    name = make(owner=OWNER, mode=0o666)

    def take():
        fd = os.open(name, os.O_RDONLY)
        comes(None if os.getuid() == OWNER.uid else "EACCES", lease, fd, READ)
        os.close(fd)

    for caller in (OWNER, OTHER):
        acting(caller, take)
    for fd, result in ((os.open(".", os.O_RDONLY), "EINVAL"), (os.open(name, os.O_PATH), "EBADF")):
        fails(result, lease, fd, READ)
        os.close(fd)
