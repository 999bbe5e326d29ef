"""Calls on open files: each method draws its arguments, makes the call and returns both."""
import mmap
import os
import stat

from posix_calls import (
    FALLOC_KEEP_SIZE,
    FALLOC_PUNCH_HOLE,
    FALLOC_ZERO_RANGE,
    O_TMPFILE,
    as_root,
    described,
    fallocate,
    futimens,
    known_mode,
    link_open_file,
    outcome,
    text,
)
from drawing import Drawing, DIRECTORIES, MODES, NOT_OPEN, OPEN_EXTRAS, PLAIN_MODES, SLOTS


class FileCalls(Drawing):
    def open_file(self):
        choice = self._choice
        slot, path, mode = choice.randrange(SLOTS), self._path(), choice.choice(MODES)
        flags = choice.choice([os.O_RDONLY, os.O_WRONLY, os.O_RDWR]) | os.O_NONBLOCK
        if choice.random() < 0.6:
            flags |= os.O_CREAT
        for extra in OPEN_EXTRAS:
            if choice.random() < 0.08:
                flags |= extra
        return [slot, text(path), oct(flags), oct(mode)], outcome(lambda: self._keep(slot, os.open(path, flags, mode)))

    def open_nameless(self):
        choice = self._choice
        slot, directory, mode = choice.randrange(SLOTS), choice.choice(DIRECTORIES), choice.choice(MODES)
        flags = O_TMPFILE | choice.choice([os.O_RDWR, os.O_WRONLY, os.O_RDONLY]) | choice.choice([0, 0, os.O_EXCL])
        opened = outcome(lambda: self._keep(slot, os.open(directory, flags, mode)))
        return [slot, text(directory), oct(flags), oct(mode)], opened

    def name_open_file(self):
        (slot, fd), path = self._fd(), self._path()
        return [slot, text(path)], outcome(link_open_file, fd, path)

    def close(self):
        slot = self._choice.randrange(SLOTS)
        return [slot], outcome(lambda: os.close(self._open.pop(slot, NOT_OPEN)))

    def read(self):
        (slot, fd), size = self._fd(), self._choice.choice([0, 1, 100, 4096, 100_000])
        return [slot, size], outcome(os.read, fd, size)

    def pread(self):
        (slot, fd), size, offset = self._fd(), self._choice.choice([1, 100, 4096, 400_000]), self._offset()
        return [slot, size, offset], outcome(os.pread, fd, size, offset)

    def write(self):
        (slot, fd), data = self._fd(), self._bytes()
        return [slot, text(data)], [outcome(os.write, fd, data), self._seen(fd)]

    def pwrite(self):
        (slot, fd), data, offset = self._fd(), self._bytes(), self._offset()
        return [slot, text(data), offset], [outcome(os.pwrite, fd, data, offset), self._seen(fd)]

    def seek(self):
        (slot, fd), offset = self._fd(), self._offset()
        whence = self._choice.choice([os.SEEK_SET, os.SEEK_CUR, os.SEEK_END])

        def sought():
            return os.lseek(fd, *((0, os.SEEK_SET) if stat.S_ISDIR(os.fstat(fd).st_mode) else (offset, whence)))

        return [slot, offset, whence], outcome(sought)

    def truncate_file(self):
        (slot, fd), size = self._fd(), self._offset()
        return [slot, size], outcome(os.ftruncate, fd, size)

    def sync(self):
        (slot, fd), call = self._fd(), self._choice.choice([os.fsync, os.fdatasync])
        return [slot, call.__name__], outcome(call, fd)

    def allocate(self):
        (slot, fd), offset, length = self._fd(), self._offset(), self._choice.choice([0, 1, 4096, 10_000, 65_536])
        mode = self._choice.choice(
            [0, FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, FALLOC_ZERO_RANGE,
             FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE])

        def allocated():
            if known_mode(os.fstat(fd)) & (stat.S_ISUID | stat.S_ISGID):
                return "set-id"  # whose bits ext4 clears and tmpfs does not
            return fallocate(fd, mode, offset, length)

        return [slot, mode, offset, length], [outcome(allocated), self._seen(fd)]

    def copy_range(self):
        (source, from_fd), (target, to_fd) = self._fd(), self._fd()
        length, offsets = self._choice.choice([0, 1, 4096, 50_000]), (self._offset(), self._offset())
        copied = outcome(os.copy_file_range, from_fd, to_fd, length, *offsets)
        return [source, target, length, offsets], [copied, self._seen(to_fd)]

    def map_file(self):
        (slot, fd), length, data = self._fd(), self._choice.choice([1, 4096, 70_000]), self._choice.randbytes(3)
        shared = self._choice.random() < 0.7

        def write_through_mapping():
            size = os.fstat(fd).st_size
            with mmap.mmap(fd, min(length, size), mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE) as mapping:
                before = bytes(mapping)
                changed = min(3, length, size)
                mapping[:changed] = data[:changed]
                mapping.flush()
                if shared:
                    # tmpfs alone does not take a store into a mapping for a modification.
                    as_root(os.utime, fd)
                return [text(before), text(os.pread(fd, 10, 0))]

        try:
            return [slot, length, shared], outcome(write_through_mapping)
        except ValueError as error:
            return [slot, length, shared], str(error)

    def stat_file(self):
        slot, fd = self._fd()
        return [slot], self._seen(fd)

    def change_file(self):
        choice = self._choice
        (slot, fd), mode, times, ids = self._fd(), choice.choice(PLAIN_MODES), self._times(), self._ids()
        what = choice.choice(["mode", "owner", "times"])
        call = {
            "mode": lambda: os.fchmod(fd, mode),
            "owner": lambda: os.fchown(fd, *ids),
            "times": lambda: futimens(fd, times),
        }[what]
        return [slot, what, oct(mode), ids, times], [outcome(call), outcome(lambda: described(os.fstat(fd)))]
