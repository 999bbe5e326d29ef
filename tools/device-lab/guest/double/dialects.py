"""What the double must do under each dialect: one row each, held against shared observations of real kernels."""

import errno
import struct
from dataclasses import dataclass

V2, V1, V0, UNIQUE = 0x4004E57E, 0x4010E57F, 0x4010E501, 0x4018E501
IOCTLS = {V2, V1, V0, UNIQUE}


@dataclass(frozen=True)
class Dialect:
    name: str
    bit: int  # of INIT's two words as one
    minor: int
    init_bytes: int  # of INIT's argument
    ioctl: int
    bad_fd: int
    not_a_file: int  # a directory, a /proc file without read_iter or write_iter
    too_deep: int
    depth_at_ioctl: bool = True
    maps: bool = True
    keeps_append: bool = True
    keeps_mtime: bool = True
    beats_direct_io: bool = True

    @property
    def by_request(self):
        return self.ioctl == UNIQUE

    def argument(self, fd, unique=0, reserved=0):
        """The ioctl's argument; `reserved` goes into a field that must be 0."""
        fd &= 0xffffffff
        if self.ioctl == V2:
            return struct.pack('<I', fd)
        if self.ioctl == UNIQUE:
            return struct.pack('<QIIQ', unique, fd, reserved, 0)
        return struct.pack('<IIQ', fd, reserved, 0)


OLD = {'bad_fd': errno.EBADF, 'not_a_file': errno.EBADF, 'too_deep': errno.EINVAL}
DIALECTS = {dialect.name: dialect for dialect in (
    Dialect('v2', 1 << 31, 32, 16, V2, **OLD),
    Dialect('v2-flags2', 1 << 63, 37, 64, V2, **OLD),
    Dialect('v1', 1 << 31, 27, 16, V1, **OLD, keeps_mtime=False),
    Dialect('v0', 1 << 31, 26, 16, V0, **OLD, depth_at_ioctl=False, maps=False, keeps_append=False,
            keeps_mtime=False, beats_direct_io=False),
    Dialect('unique', 1 << 27, 27, 16, UNIQUE, bad_fd=errno.EINVAL, not_a_file=errno.EINVAL,
            too_deep=errno.EEXIST, maps=False, keeps_append=False, keeps_mtime=False, beats_direct_io=False),
)}
