"""The tree under test, and where a mount may rightly differ from the bare file system.

This table is the whole of it. Each entry is asserted by a case, on either side, to be exactly as stated here.
"""


class Tree:
    """`here` is where the case works; `lower` the same directory beneath the mount, or `here` itself if there is none."""

    lower_root = None
    lower = None
    here = None


# name: (why, on the bare file system, on a mount); None is success, a name an errno.
DIFFERENCES = {
    "open a device": ("volumes are mounted nodev", None, "EACCES"),
    "run set-id": ("volumes are mounted nosuid", True, False),
    "collapse range": ("fuse_file_fallocate knows no such mode", None, "EOPNOTSUPP"),
    "a copy shows in the atime at once": (
        "the kernel keeps a cached atime over COPY_FILE_RANGE; AT_STATX_FORCE_SYNC tells the new one", True, False),
    "a FIFO joins both trees": ("the kernel pairs the ends by inode, and a mount has inodes of its own", None, "ENXIO"),
    "a socket joins both trees": ("the kernel finds a listener by inode, and a mount has its own", None, "ECONNREFUSED"),
    "a change beneath is told to watchers": ("inotify sees what goes through its own inodes", True, False),
    "deadlock over both trees": (
        "the lower kernel sees the daemon's lock, not who waits for it: F_SETLKW waits on", "EDEADLK", "it waits"),
    "flock of a directory over both trees": (
        "fuse_dir_operations has no flock: the kernel keeps it to the mount", "EAGAIN", None),
    "owner of an OFD lock": ("the protocol knows processes alone", "nobody", "its process"),
    "epoll of a file": ("every open file of FUSE has a poll method, so epoll takes it", "EPERM", None),
    "a handle of what was forgotten": (
        "a handle of the mount is a nodeid: it leads to what the kernel or the daemon knows", None, "ESTALE"),
    "insert range": ("fuse_file_fallocate knows no such mode", None, "EOPNOTSUPP"),
}


def mounted():
    return Tree.lower_root is not None


def rightly(name):
    """What the table says of this tree."""
    _, bare, mount = DIFFERENCES[name]
    return mount if mounted() else bare
