"""opendir(3) and its family, with telldir and seekdir, which os does not have."""
import ctypes
import os

from calls import libc


class Dirent(ctypes.Structure):
    """struct dirent of glibc on 64-bit machines (readdir(3))."""

    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64), ("reclen", ctypes.c_uint16), ("type", ctypes.c_uint8),
                ("name", ctypes.c_char * 256)]


class Stream:
    def __init__(self, path):
        self.stream = ctypes.c_void_p(libc.opendir(os.fsencode(path)))
        if not self.stream:
            raise OSError(ctypes.get_errno(), path)

    def next(self):
        """The next entry's (name, type, inode number), or None at the end."""
        ctypes.set_errno(0)
        entry = libc.readdir(self.stream)
        if not entry:
            if ctypes.get_errno():
                raise OSError(ctypes.get_errno(), "readdir")
            return None
        found = Dirent.from_address(entry)
        return os.fsdecode(found.name), found.type, found.ino

    def rest(self):
        found = []
        while (entry := self.next()) is not None:
            found.append(entry)
        return found

    def names(self):
        """The remaining names but for the two dots."""
        return [name for name, *_ in self.rest() if name not in (".", "..")]

    def tell(self):
        return libc.telldir(self.stream)

    def seek(self, position):
        libc.seekdir(self.stream, ctypes.c_long(position))

    def rewind(self):
        libc.rewinddir(self.stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        libc.closedir(self.stream)
