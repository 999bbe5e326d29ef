"""The calls that random-operations.py draws from: each method draws its arguments, makes the call and returns both.

Left out, because a FUSE mount differs there whatever its daemon does: opening device nodes (nodev), seeking in a
directory by anything but its cookies, chown that changes nothing (the kernel sends no request, where others clear
set-id bits), collapsing and inserting ranges, atime. border-cases.py has O_DIRECT and what becomes of set-id bits.
"""
import fcntl
import mmap
import os
import stat

from posix_calls import (
    AT_SYMLINK_NOFOLLOW,
    DirectoryStream,
    FALLOC_KEEP_SIZE,
    FALLOC_PUNCH_HOLE,
    FALLOC_ZERO_RANGE,
    O_TMPFILE,
    RENAME_EXCHANGE,
    RENAME_NOREPLACE,
    UTIME_NOW,
    UTIME_OMIT,
    as_root,
    described,
    fallocate,
    futimens,
    known_mode,
    link_open_file,
    outcome,
    renameat2,
    text,
    utimensat,
)

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


class Calls:
    _weights = {"open_file": 14, "stat_path": 4, "pwrite": 4, "write": 4, "pread": 4, "unlink": 4,
                "stat_file_system": 1, "close": 1}

    def __init__(self, choice):
        self._choice = choice
        self._open = {}

    # Drawing.

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

    # Open files.

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

    # Names.

    def stat_path(self):
        path, follow = self._path(), self._choice.random() < 0.5
        return [text(path), follow], outcome(lambda: described(os.stat(path, follow_symlinks=follow)))

    def may_access(self):
        path, mode = self._path(), self._choice.randrange(8)
        return [text(path), mode], outcome(os.access, path, mode)

    def make_directory(self):
        path, mode = self._path(), self._choice.choice(MODES + [0o777] * 4)
        return [text(path), oct(mode)], [outcome(os.mkdir, path, mode), outcome(lambda: described(os.lstat(path)))]

    def make_inner_directory(self):
        path = self._choice.choice(DIRECTORIES) + b"/" + self._choice.choice([b"p", b"q"])
        return [text(path)], outcome(os.mkdir, path, 0o777)

    def make_node(self):
        path, mode = self._path(), self._choice.choice(MODES)
        kind = self._choice.choice([stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG])
        made = outcome(os.mknod, path, mode | kind)
        return [text(path), oct(mode | kind)], [made, outcome(lambda: described(os.lstat(path)))]

    def remove_directory(self):
        path = self._path()
        return [text(path)], outcome(os.rmdir, path)

    def unlink(self):
        path = self._path()
        return [text(path)], outcome(os.unlink, path)

    def rename(self):
        source, target = self._path(), self._path()
        flags = self._choice.choice([0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_NOREPLACE | RENAME_EXCHANGE])
        return [text(source), text(target), flags], outcome(renameat2, source, target, flags)

    def rename_plainly(self):
        source, target = self._path(), self._path()
        return [text(source), text(target)], outcome(os.rename, source, target)

    def link(self):
        source, target, follow = self._path(), self._path(), self._choice.random() < 0.5
        linked = outcome(lambda: os.link(source, target, follow_symlinks=follow))
        return [text(source), text(target), follow], linked

    def symlink(self):
        path = self._path()
        target = self._choice.choice([b"a", b"b", b"../open/c", b"/sticky/a", b"loop", b".", b"..", b"y" * 4095, b"missing/x", b""])
        return [text(target), text(path)], outcome(os.symlink, target, path)

    def read_link(self):
        path = self._path()
        return [text(path)], outcome(os.readlink, path)

    def change_path(self):
        choice = self._choice
        path, mode, times, ids = self._path(), choice.choice(PLAIN_MODES), self._times(), self._ids()
        follow = choice.random() < 0.5
        what = choice.choice(["mode", "owner", "times"])
        call = {
            "mode": lambda: os.chmod(path, mode),
            "owner": lambda: os.chown(path, *ids, follow_symlinks=follow),
            "times": lambda: utimensat(path, times, 0 if follow else AT_SYMLINK_NOFOLLOW),
        }[what]
        seen = outcome(lambda: described(os.stat(path, follow_symlinks=follow)))
        changed = outcome(call)
        after = outcome(lambda: described(os.stat(path, follow_symlinks=follow)))
        return [text(path), what, oct(mode), ids, times, follow], [seen, changed, after]

    def truncate_path(self):
        path, size = self._path(), self._offset()
        return [text(path), size], [outcome(os.truncate, path, size), outcome(lambda: described(os.stat(path)))]

    def list_directory(self):
        path = self._choice.choice(DIRECTORIES + [self._path()])

        def listed():
            stream = DirectoryStream(path)
            entries = [(text(name), kind) for name, kind in stream.rest()]
            stream.close()
            return entries

        return [text(path)], outcome(listed)

    def seek_in_directory(self):
        path, steps, back = self._choice.choice(DIRECTORIES), self._choice.randrange(12), self._choice.randrange(12)

        def sought():
            stream = DirectoryStream(path)
            cookies = [stream.tell()]
            for _ in range(steps):
                stream.next()
                cookies.append(stream.tell())
            stream.seek(cookies[back % len(cookies)])
            names = [text(name) for name, _ in stream.rest()]
            stream.rewind()
            again = len(stream.rest())
            stream.close()
            return [names, again]

        return [text(path), steps, back], outcome(sought)

    def stat_file_system(self):
        def seen():
            st = os.statvfs(self._choice.choice(DIRECTORIES))
            return [st.f_bsize, st.f_frsize, st.f_blocks, st.f_namemax]

        return [], outcome(seen)

    # Extended attributes.

    def set_attribute(self):
        path, name, value, flags = self._path(), self._attribute(), self._value(), self._choice.choice([0, 0, 1, 2])
        return [text(path), text(name), len(value), flags], outcome(os.setxattr, path, name, value, flags)

    def get_attribute(self):
        path, name = self._path(), self._attribute()
        return [text(path), text(name)], outcome(os.getxattr, path, name)

    def list_attributes(self):
        path = self._path()

        def listed():
            return sorted(os.listxattr(path))

        return [text(path)], outcome(listed)

    def remove_attribute(self):
        path, name = self._path(), self._attribute()
        return [text(path), text(name)], outcome(os.removexattr, path, name)

    # Short stories.

    def write_after_unlink(self):
        path, data = self._path(), self._bytes()

        def story():
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, b"before")
            os.unlink(path)
            os.pwrite(fd, data, 3)
            result = [described(os.fstat(fd)), text(os.pread(fd, 100_000, 0))]
            os.ftruncate(fd, 2)
            os.fchmod(fd, 0o640)
            result.append(described(os.fstat(fd)))
            os.close(fd)
            return result

        return [text(path), text(data)], outcome(story)

    def find_holes(self):
        path, blocks = self._path(), sorted(self._choice.sample(range(64), 5))

        def story():
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            for block in blocks:
                os.pwrite(fd, b"data", block * 65_536)
            os.fsync(fd)
            found, at = [], 0
            while True:
                try:
                    data = os.lseek(fd, at, os.SEEK_DATA)
                except OSError:
                    break
                at = os.lseek(fd, data, os.SEEK_HOLE)
                found.append((data, at))
            found.append(outcome(os.lseek, fd, 1 << 30, os.SEEK_HOLE))
            os.close(fd)
            os.unlink(path)
            return found

        return [text(path), blocks], outcome(story)
