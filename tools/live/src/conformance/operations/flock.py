"""flock: locks of open file descriptions (flock(2)), on the mount, in the lower tree, and between the two."""
import os
import signal
import time

from differences import Tree, rightly
from harness import about, acting, case, comes, fails, holds, in_child, make, works, ROOT
from locking import (EXCLUSIVE, NOWAIT, OPEN, READ, SHARED, UNLOCKED, WRITE, Agent, close, duplicate, lock,
                     open_as, wait_until_signalled, whole)

PAIRS = [(SHARED, SHARED, None), (SHARED, EXCLUSIVE, "EAGAIN"), (EXCLUSIVE, SHARED, "EAGAIN"),
         (EXCLUSIVE, EXCLUSIVE, "EAGAIN")]


def below(name):
    return os.path.join(Tree.lower, name)


def where(name):
    """Both sides of the tree, holder first."""
    yield "both on the mount", name, name
    yield "the holder beneath", below(name), name
    yield "the holder on the mount", name, below(name)


@case
def conflicts():
    for kind in ("file", "directory"):
        for held, wanted, result in PAIRS:
            for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
                if kind == "directory" and flags != os.O_RDONLY:
                    continue
                name = make(kind)
                for side, first, second in where(name):
                    crosses = kind == "directory" and first != second and result
                    comes_of_it = rightly("flock of a directory over both trees") if crosses else result
                    with about(side, kind), Agent(first, flags) as holder, Agent(second, flags) as other:
                        holder.do(None, whole, "file", held | NOWAIT)
                        other.do(comes_of_it, whole, "file", wanted | NOWAIT)
                        holder.do(None, whole, "file", UNLOCKED)
                        other.do(None, whole, "file", wanted | NOWAIT)


@case
def two_descriptions_of_one_process_conflict():
    for held, wanted, result in PAIRS:
        name = make()
        for side, first, second in where(name):
            one, two = os.open(first, os.O_RDWR), os.open(second, os.O_RDWR)
            OPEN.update(one=one, two=two)
            with about(side):
                works(whole, "one", held | NOWAIT)
                comes(result, whole, "two", wanted | NOWAIT)
                works(whole, "one", UNLOCKED)
                works(whole, "two", wanted | NOWAIT)
            os.close(one), os.close(two)


@case
def conversion():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as other:
            holder.do(None, whole, "file", EXCLUSIVE)
            holder.do(None, whole, "file", SHARED)
            other.do(None, whole, "file", SHARED | NOWAIT)
            holder.do("EAGAIN", whole, "file", EXCLUSIVE | NOWAIT)
            other.do(None, whole, "file", UNLOCKED)
            holder.do(None, whole, "file", EXCLUSIVE | NOWAIT)
            other.do("EAGAIN", whole, "file", SHARED | NOWAIT)


@case
def end_with_the_last_descriptor():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as other:
            holder.do(None, duplicate, "file", "copy")
            holder.do(None, whole, "file", EXCLUSIVE)
            holder.do(None, close, "file")
            other.do("EAGAIN", whole, "file", SHARED | NOWAIT)
            holder.do(None, whole, "copy", EXCLUSIVE | NOWAIT)
            # Another description of the same file has no part in it.
            holder.do(None, open_as, "again", first)
            holder.do(None, close, "again")
            other.do("EAGAIN", whole, "file", SHARED | NOWAIT)
            holder.do(None, close, "copy")
            other.do(None, soon, "file", SHARED)


def soon(key, operation):
    """A release is on its way when close returns: a FUSE mount sends it afterwards."""
    for attempt in range(50):
        try:
            return whole(key, operation | NOWAIT)
        except BlockingIOError:
            if attempt == 49:
                raise
            time.sleep(0.02)
    return None


@case
def end_with_the_process():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(second) as other:
            holder = Agent(first)
            holder.do(None, whole, "file", EXCLUSIVE)
            other.do("EAGAIN", whole, "file", SHARED | NOWAIT)
            holder.kill()
            other.do(None, soon, "file", SHARED)


@case
def are_inherited_over_fork():
    name = make()
    for side, first, second in where(name):
        OPEN["held"] = os.open(first, os.O_RDWR)
        with about(side), Agent(second) as other:
            works(whole, "held", EXCLUSIVE | NOWAIT)

            def child():
                works(whole, "held", EXCLUSIVE | NOWAIT)
                works(whole, "held", SHARED | NOWAIT)

            acting(ROOT, child)
            other.do(None, whole, "file", SHARED | NOWAIT)
            other.do(None, whole, "file", UNLOCKED)
            works(whole, "held", EXCLUSIVE | NOWAIT)
            in_child(lambda: whole("held", UNLOCKED))
            other.do(None, whole, "file", EXCLUSIVE | NOWAIT)
        close("held")


@case
def waiting():
    name = make()
    for side, first, second in where(name):
        for wanted in (SHARED, EXCLUSIVE):
            with about(side), Agent(first) as holder, Agent(second) as other:
                holder.do(None, whole, "file", EXCLUSIVE)
                other.start(whole, "file", wanted)
                holds("it still waits", other.finish(0.1)[1], "the one who waits")
                holder.do(None, whole, "file", UNLOCKED)
                other.said(None, other.finish(), "the lock after the wait")
                holder.do("EAGAIN", whole, "file", EXCLUSIVE | NOWAIT)


@case
def who_waits_can_be_killed():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as third:
            holder.do(None, whole, "file", EXCLUSIVE)
            other = Agent(second)
            other.start(whole, "file", EXCLUSIVE)
            other.finish(0.05)
            other.kill()
            holder.do(None, whole, "file", UNLOCKED)
            third.do(None, soon, "file", EXCLUSIVE)


@case
def who_waits_can_be_interrupted():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as other:
            holder.do(None, whole, "file", EXCLUSIVE)
            other.start(wait_until_signalled, whole, "file", SHARED)
            holds("it still waits", other.finish(0.1)[1], "the one who waits")
            os.kill(other.pid, signal.SIGUSR1)
            holds(("value", "interrupted"), other.finish(), "the wait")
            holder.do(None, whole, "file", UNLOCKED)
            holder.do(None, whole, "file", EXCLUSIVE | NOWAIT)


@case
def are_not_in_the_way_of_posix_locks_nor_of_data():
    name = make()
    for side, first, second in where(name):
        with about(side), Agent(first) as holder, Agent(second) as other:
            holder.do(None, whole, "file", EXCLUSIVE)
            other.do(None, lock, "file", WRITE)
            holder.do("EAGAIN", lock, "file", READ)
            works("truncate", second, 3)
            with open(second, "ab") as file:
                works(file.write, b"x")


@case
def outlive_the_name():
    name = make()
    with Agent(name) as holder, Agent(name) as other, Agent(below(name)) as lower:
        holder.do(None, whole, "file", EXCLUSIVE)
        os.rename(name, "renamed")
        other.do("EAGAIN", whole, "file", SHARED | NOWAIT)
        os.unlink("renamed")
        other.do("EAGAIN", whole, "file", SHARED | NOWAIT)
        lower.do("EAGAIN", whole, "file", SHARED | NOWAIT)
        make("file", name)
        with Agent(name) as fresh_one:
            fresh_one.do(None, whole, "file", EXCLUSIVE | NOWAIT)
        holder.do(None, whole, "file", UNLOCKED)
        other.do(None, whole, "file", EXCLUSIVE | NOWAIT)
    fails("EBADF", "flock", 999, SHARED)
    fd = os.open(name, os.O_RDWR)
    fails("EINVAL", "flock", fd, 0)
    os.close(fd)
    path_only = os.open(name, os.O_PATH)
    fails("EBADF", "flock", path_only, SHARED)
    os.close(path_only)
