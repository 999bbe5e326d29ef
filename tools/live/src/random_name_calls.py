"""Calls on names, and short stories of several calls: each draws its arguments, makes the call and returns both."""
import os
import stat

from posix_calls import (
    AT_SYMLINK_NOFOLLOW,
    DirectoryStream,
    RENAME_EXCHANGE,
    RENAME_NOREPLACE,
    described,
    outcome,
    renameat2,
    text,
    utimensat,
)
from drawing import Drawing, DIRECTORIES, MODES, PLAIN_MODES


class NameCalls(Drawing):
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
