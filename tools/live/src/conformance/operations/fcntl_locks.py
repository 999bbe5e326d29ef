"""POSIX record locks and open file description locks (fcntl(2)), on the mount, in the lower tree, and between the two."""
import fcntl
import os
import signal

from differences import Tree, mounted, rightly
from harness import about, acting, case, comes, holds, in_child, make, works, ROOT
from locking import (FREE, OFD_GETLK, OFD_SETLKW, OPEN, READ, WRITE, Agent, Found, close, conflict, duplicate, lock, ofd,
                     open_as, wait_until_signalled)

SETLKW = fcntl.F_SETLKW
PAIRS = [(READ, READ, None), (READ, WRITE, "EAGAIN"), (WRITE, READ, "EAGAIN"), (WRITE, WRITE, "EAGAIN")]
LAST = (1 << 63) - 1


def below(name):
    return os.path.join(Tree.lower, name)


def where(name):
    yield "both on the mount", name, name
    yield "the holder beneath", below(name), name
    yield "the holder on the mount", name, below(name)


def two_agents(name):
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as other:
            yield holder, other, first, second


@case
def conflicts_of_kinds():
    for holder, other, *_ in two_agents(make()):
        for take_one in (lock, ofd):
            for take_other in (lock, ofd):
                for held, wanted, result in PAIRS:
                    holder.do(None, take_one, "file", held)
                    other.do(result, take_other, "file", wanted)
                    holder.do(None, take_one, "file", FREE)
                    other.do(None, take_other, "file", wanted)
                    other.do(None, take_other, "file", FREE)


# Held, then what others ask for: (start, length), length 0 up to the end of all files.
RANGES = [((10, 10), [((0, 10), None), ((0, 11), "EAGAIN"), ((9, 1), None), ((10, 1), "EAGAIN"), ((19, 1), "EAGAIN"),
                      ((20, 1), None), ((19, 100), "EAGAIN"), ((20, 0), None), ((0, 0), "EAGAIN"), ((12, 2), "EAGAIN")]),
          ((100, 0), [((0, 100), None), ((0, 101), "EAGAIN"), ((1 << 40, 1), "EAGAIN"), ((99, 1), None)]),
          ((0, 0), [((0, 1), "EAGAIN"), ((LAST, 1), "EAGAIN"), ((12345, 0), "EAGAIN")]),
          ((0, 1), [((0, 0), "EAGAIN"), ((1, 0), None)])]


@case
def conflicts_of_ranges():
    for holder, other, *_ in two_agents(make()):
        for take in (lock, ofd):
            for held, asked in RANGES:
                holder.do(None, take, "file", WRITE, *held)
                for wanted, result in asked:
                    other.do(result, take, "file", WRITE, *wanted)
                    other.do(None, take, "file", FREE)
                holder.do(None, take, "file", FREE)


@case
def the_one_in_the_way_is_named():
    """Of a lock on the other side of the mount the process is not this side's to know."""
    for holder, other, first, second in two_agents(make()):
        holder.do(None, lock, "file", WRITE, 10, 5)
        holder.do(None, lock, "file", READ, 20, 5)
        crosses = mounted() and first != second
        for kind, wanted in ((READ, (WRITE, 10, 5)), (WRITE, (WRITE, 10, 5))):
            found = other.do(None, conflict, "file", kind)
            holds(wanted, tuple(found[:3]) if isinstance(found, Found) else found, "the first lock in the way")
            if not crosses:
                holds(holder.pid, getattr(found, "pid", None), "its owner")
        other.finds(None, conflict, "file", READ, 20, 5)
        found = other.do(None, conflict, "file", WRITE, 20, 1)
        holds((READ, 20, 5), tuple(found[:3]) if isinstance(found, Found) else found, "the second lock")
        other.finds(None, conflict, "file", WRITE, 0, 10)
        other.finds(None, conflict, "file", WRITE, 25, 0)
        # One's own locks are in nobody's way.
        holder.finds(None, conflict, "file", WRITE)
        holder.do(None, lock, "file", FREE)
        holder.do(None, ofd, "file", WRITE, 3, 0)
        found = other.do(None, conflict, "file", WRITE)
        holds((WRITE, 3, 0), tuple(found[:3]) if isinstance(found, Found) else found, "an OFD lock in the way")
        if not crosses:
            wanted = -1 if rightly("owner of an OFD lock") == "nobody" else holder.pid
            holds(wanted, getattr(found, "pid", None), "the owner of an OFD lock")
        other.do(None, conflict, "file", WRITE, 0, 0, OFD_GETLK)


@case
def ranges_split_and_merge():
    """After each step: which of the first forty bytes are locked for reading (r) and for writing (w)."""
    steps = [((WRITE, 0, 40), "w" * 40),
             ((FREE, 10, 10), "w" * 10 + "." * 10 + "w" * 20),
             ((READ, 5, 10), "w" * 5 + "r" * 10 + "." * 5 + "w" * 20),
             ((READ, 30, 5), "w" * 5 + "r" * 10 + "." * 5 + "w" * 10 + "r" * 5 + "w" * 5),
             ((WRITE, 4, 30), "w" * 34 + "r" + "w" * 5),
             ((FREE, 0, 1), "." + "w" * 33 + "r" + "w" * 5),
             ((FREE, 39, 0), "." + "w" * 33 + "r" + "w" * 4 + "."),
             ((READ, 0, 0), "r" * 40),
             ((FREE, 1, 38), "r" + "." * 38 + "r"),
             ((FREE, 0, 0), "." * 40)]
    for take in (lock, ofd):
        for holder, other, *_ in two_agents(make()):
            for step, wanted in steps:
                holder.do(None, take, "file", *step)
                seen = other.do(None, mapped, "file")
                holds(wanted, seen, "the bytes after %r" % (step,))


def mapped(key):
    return "".join("w" if conflict(key, READ, at, 1) else "r" if conflict(key, WRITE, at, 1) else "." for at in range(40))


@case
def two_holders_of_parts():
    for take in (lock, ofd):
        for holder, other, *_ in two_agents(make()):
            holder.do(None, take, "file", WRITE, 0, 10)
            other.do(None, take, "file", WRITE, 10, 10)
            holder.do("EAGAIN", take, "file", WRITE, 5, 10)
            other.do("EAGAIN", take, "file", READ, 9, 2)
            holder.do(None, take, "file", READ, 0, 10)
            other.do(None, take, "file", READ, 0, 20)
            # An upgrade that fails leaves what there was.
            holder.do("EAGAIN", take, "file", WRITE, 0, 10)
            other.do("EAGAIN", take, "file", WRITE, 0, 1)


@case
def posix_locks_end_with_any_descriptor_of_the_process():
    for holder, other, first, _ in two_agents(make()):
        holder.do(None, open_as, "again", first)
        holder.do(None, lock, "file", WRITE)
        other.do("EAGAIN", lock, "file", READ)
        holder.do(None, close, "again")
        other.do(None, lock, "file", READ)
        other.do(None, lock, "file", FREE)
        holder.do(None, lock, "file", WRITE)
        holder.do(None, duplicate, "file", "copy")
        holder.do(None, close, "copy")
        other.do(None, lock, "file", READ)


@case
def ofd_locks_end_with_the_last_descriptor():
    for holder, other, first, _ in two_agents(make()):
        holder.do(None, open_as, "again", first)
        holder.do(None, duplicate, "file", "copy")
        holder.do(None, ofd, "file", WRITE)
        # Another description of the same process is a stranger.
        holder.do("EAGAIN", ofd, "again", READ)
        holder.do("EAGAIN", lock, "again", READ)
        holder.do(None, close, "again")
        holder.do(None, close, "file")
        other.do("EAGAIN", ofd, "file", READ)
        holder.do(None, ofd, "copy", WRITE, 0, 10)
        holder.do(None, close, "copy")
        # A FUSE mount sends the release after close has returned.
        other.do(None, ofd, "file", READ, 0, 0, OFD_SETLKW)


@case
def end_with_the_process():
    for take in (lock, ofd):
        for side, first, second in where(make()):
            with about(side), Agent(second) as other:
                holder = Agent(first)
                holder.do(None, take, "file", WRITE)
                other.do("EAGAIN", take, "file", READ)
                holder.kill()
                other.do(None, take, "file", WRITE, 0, 0, OFD_SETLKW if take is ofd else SETLKW)


@case
def over_fork():
    """POSIX locks stay behind; OFD locks come along."""
    for side, first, second in where(make()):
        OPEN["held"] = os.open(first, os.O_RDWR)
        with about(side), Agent(second) as other:
            works(lock, "held", WRITE)

            def stranger():
                comes("EAGAIN", lock, "held", READ)
                comes("EAGAIN", lock, "held", WRITE)
                works(lock, "held", FREE)

            acting(ROOT, stranger)
            # What the child freed and closed was not the parent's.
            other.do("EAGAIN", lock, "file", READ)
            works(lock, "held", FREE)
            works(ofd, "held", WRITE)
            acting(ROOT, lambda: works(ofd, "held", WRITE, 0, 10))
            other.do("EAGAIN", ofd, "file", READ)
            in_child(lambda: ofd("held", FREE))
            other.do(None, ofd, "file", READ)
        close("held")


@case
def waiting():
    for take, command in ((lock, SETLKW), (ofd, OFD_SETLKW)):
        for held, wanted in ((WRITE, READ), (READ, WRITE)):
            for holder, other, *_ in two_agents(make()):
                holder.do(None, take, "file", held, 0, 10)
                other.start(take, "file", wanted, 5, 10, command)
                holds("it still waits", other.finish(0.05)[1], "the one who waits")
                holder.do(None, take, "file", FREE, 0, 5)
                holds("it still waits", other.finish(0.05)[1], "the one who waits after half of it is free")
                holder.do(None, take, "file", FREE, 5, 5)
                other.said(None, other.finish(), "the lock after the wait")
                holder.do("EAGAIN", take, "file", WRITE, 5, 1)


@case
def who_waits_can_be_killed():
    for take, command in ((lock, SETLKW), (ofd, OFD_SETLKW)):
        for side, first, second in where(make()):
            with about(side), Agent(first) as holder, Agent(second) as third:
                holder.do(None, take, "file", WRITE)
                other = Agent(second)
                other.start(take, "file", WRITE, 0, 0, command)
                other.finish(0.05)
                other.kill()
                holder.do(None, take, "file", FREE)
                third.do(None, take, "file", WRITE, 0, 0, command)


@case
def who_waits_can_be_interrupted():
    """A wait that was given up takes no lock later."""
    for take, command in ((lock, SETLKW), (ofd, OFD_SETLKW)):
        for holder, other, *_ in two_agents(make()):
            holder.do(None, take, "file", WRITE)
            other.start(wait_until_signalled, take, "file", WRITE, 0, 0, command)
            holds("it still waits", other.finish(0.1)[1], "the one who waits")
            os.kill(other.pid, signal.SIGUSR1)
            holds(("value", "interrupted"), other.finish(), "the wait")
            holder.do(None, take, "file", FREE)
            holder.do(None, take, "file", WRITE)
            holder.do(None, take, "file", FREE)
            other.do(None, take, "file", READ)


@case
def a_deadlock_is_told():
    for holder, other, first, second in two_agents(make()):
        result = rightly("deadlock over both trees") if first != second else "EDEADLK"
        holder.do(None, lock, "file", WRITE, 0, 1)
        other.do(None, lock, "file", WRITE, 1, 1)
        other.start(lock, "file", WRITE, 0, 1, SETLKW)
        other.finish(0.1)
        if result == "EDEADLK":
            holder.do(result, lock, "file", WRITE, 1, 1, SETLKW)
            holder.do(None, lock, "file", FREE)
        else:
            holder.start(lock, "file", WRITE, 1, 1, SETLKW)
            holds("it still waits", holder.finish(0.2)[1], "the one whose wait closes the circle")
            holder.kill()
        other.said(None, other.finish(), "the lock of the other after that")


@case
def need_the_descriptor_to_fit():
    name = make()
    for take in (lock, ofd):
        for flags, kind, result in ((os.O_RDONLY, READ, None), (os.O_RDONLY, WRITE, "EBADF"), (os.O_WRONLY, WRITE, None),
                                    (os.O_WRONLY, READ, "EBADF"), (os.O_RDWR, READ, None), (os.O_RDWR, WRITE, None),
                                    (os.O_PATH, READ, "EBADF")):
            OPEN["own"] = os.open(name, flags)
            comes(result, take, "own", kind)
            close("own")


@case
def positions_and_lengths():
    for holder, other, first, _ in two_agents(make(data=b"0123456789")):
        for whence, start, length, bytes_held in ((os.SEEK_SET, 10, -3, (7, 3)), (os.SEEK_END, -2, 5, (8, 5)),
                                                  (os.SEEK_END, 0, -10, (0, 10)), (os.SEEK_CUR, 4, 2, (4, 2))):
            holder.do(None, lock, "file", WRITE, start, length, fcntl.F_SETLK, whence)
            found = other.do(None, conflict, "file", WRITE)
            holds((WRITE, *bytes_held), tuple(found[:3]) if isinstance(found, Found) else found, "the range held")
            holder.do(None, lock, "file", FREE)
        holder.do("EINVAL", lock, "file", WRITE, -1, 1)
        holder.do("EINVAL", lock, "file", WRITE, 0, -1)
        holder.do("EINVAL", lock, "file", 7, 0, 1)
        holder.do("EINVAL", lock, "file", WRITE, 0, 1, fcntl.F_SETLK, 9)
        holder.do("EOVERFLOW", lock, "file", WRITE, LAST, 1, fcntl.F_SETLK, os.SEEK_END)
