"""Processes add to counters in files, each under another kind of lock; a lock that does not exclude loses counts.

usage: counting-under-lock.py DIRECTORY PROCESSES ROUNDS
"""
import fcntl
import os
import struct
import sys

F_OFD_SETLKW = 38


def ofd(fd, kind):
    """A lock of the open file description (fcntl(2)): struct flock of 64-bit Linux, on the first 8 bytes."""
    fcntl.fcntl(fd, F_OFD_SETLKW, struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 8, 0))


LOCKS = {
    "flock": (lambda fd: fcntl.flock(fd, fcntl.LOCK_EX), lambda fd: fcntl.flock(fd, fcntl.LOCK_UN)),
    "lockf": (lambda fd: fcntl.lockf(fd, fcntl.LOCK_EX, 8), lambda fd: fcntl.lockf(fd, fcntl.LOCK_UN, 8)),
    "open file description": (lambda fd: ofd(fd, fcntl.F_WRLCK), lambda fd: ofd(fd, fcntl.F_UNLCK)),
}


def count(name, rounds):
    lock, unlock = LOCKS[name]
    fd = os.open(name, os.O_RDWR)
    for _ in range(rounds):
        lock(fd)
        value = int(os.pread(fd, 8, 0))
        os.pwrite(fd, b"%08d" % (value + 1), 0)
        unlock(fd)


def main():
    directory, processes, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.chdir(directory)
    for name in LOCKS:
        with open(name, "w") as file:
            file.write("0" * 8)
        children = []
        for _ in range(processes):
            child = os.fork()
            if child == 0:
                count(name, rounds)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        print(name, int(open(name).read()))


main()
