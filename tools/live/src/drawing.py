"""What random-operations.py draws its arguments from, and the files it holds open.

Left out, because a FUSE mount differs there whatever its daemon does: opening device nodes (nodev), seeking in a
directory by anything but its cookies, chown that changes nothing (the kernel sends no request, where others clear
set-id bits), collapsing and inserting ranges, atime. border-cases.py has O_DIRECT and what becomes of set-id bits.
"""
import fcntl
import os
import stat

from posix_calls import UTIME_NOW, UTIME_OMIT, described, outcome

DIRECTORIES = [b"open", b"sticky", b"shared", b"first", b"second", b"."]
LEAVES = [b"a", b"a", b"b", b"b", b"c", b"d", b"e", b"f", b"new\nline", b"\xff\xfe", "ümläut".encode(), b"x" * 255]
PLAIN_MODES = [0o644, 0o600, 0o666, 0o755, 0o777, 0o444, 0o000, 0o1777]
MODES = PLAIN_MODES + [0o4755, 0o2755, 0o6777, 0o2644]
OPEN_EXTRAS = [
    os.O_EXCL,
    os.O_TRUNC,
    os.O_APPEND,
    os.O_NOFOLLOW,
    os.O_DIRECTORY,
    os.O_SYNC,
    os.O_DSYNC,
    os.O_NOATIME,
    os.O_PATH,
]
SLOTS = 8
NOT_OPEN = 9999
FILE_LIMIT = 300_000


class Drawing:
    _weights = {"open_file": 14, "stat_path": 4, "pwrite": 4, "write": 4, "pread": 4, "unlink": 4,
                "stat_file_system": 1, "close": 1}

    def __init__(self, choice):
        self._choice = choice
        self._open = {}

    def _path(self):
        choice = self._choice
        parts = [choice.choice(DIRECTORIES)]
        while choice.random() < 0.25:
            parts.append(choice.choice([b"p", b"q", b"a", b"b", b"..", b"."]))
        if choice.random() < 0.9:
            parts.append(choice.choice(LEAVES))
        path = b"/".join(parts)
        return path + b"/" if choice.random() < 0.03 else path

    def _fd(self):
        """An open descriptor, or one that is not (EBADF)."""
        slot = self._choice.randrange(SLOTS)
        if slot not in self._open and self._choice.random() < 0.9:
            slot = self._choice.choice(sorted(self._open) or [slot])
        return slot, self._open.get(slot, NOT_OPEN)

    def _ids(self):
        return self._choice.choice([(-1, 0), (0, -1), (10001, 10001), (10002, 20002), (-1, 20001), (10001, -1), (0, 0)])

    def _bytes(self):
        size = self._choice.choice([0, 1, 10, 511, 4095, 4096, 4097, 20_000, 70_000])
        return self._choice.randbytes(size)

    def _offset(self):
        return self._choice.choice([0, 1, 100, 4095, 4096, 8191, 65_536, 131_072, self._choice.randrange(FILE_LIMIT)])

    def _times(self):
        choice = self._choice
        return [
            (
                choice.choice([0, -1, 1, 1_000_000_000, 1_500_000_000, 2_300_000_000, 4_000_000_000]),
                choice.choice([0, 1, 123_456_789, 999_999_999, UTIME_NOW, UTIME_OMIT, 1_000_000_000]),
            )
            for _ in range(2)
        ]

    def _attribute(self):
        return self._choice.choice([b"user.a", b"user.b", b"user.c", b"user." + b"n" * 250, b"user." + b"n" * 251,
                                    b"user.", b"trusted.t", b"nonsense.x", b"a"])

    def _value(self):
        return self._choice.randbytes(self._choice.choice([0, 1, 100, 1000, 3000, 65_536, 65_537]))

    def _keep(self, slot, fd):
        seen = os.fstat(fd)
        # What the daemon has not opened itself (O_PATH, FIFOs) it cannot find again once it is unlinked.
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_PATH or stat.S_ISFIFO(seen.st_mode):
            os.close(fd)
        else:
            os.close(self._open.pop(slot)) if slot in self._open else None
            self._open[slot] = fd
        return described(seen)

    def _seen(self, fd):
        """After a write also for the kernel's sake: it learns by it of set-id bits that the daemon has cleared."""
        return outcome(lambda: described(os.fstat(fd)))

    def _close_all(self):
        for fd in self._open.values():
            os.close(fd)
