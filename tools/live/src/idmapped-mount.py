"""Makes an idmapped mount of a directory of the volume and uses it: idmapped-mount.py MOUNT LOWER.

Ids 0.. of the file system are shown as 10000.. on the idmapped mount (mount_setattr(2)). Prints one line a fact.
"""
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH, MOUNT_ATTR_IDMAP = 1, 4, 0x100000
CLONE_NEWUSER = 0x10000000


class MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clr", "propagation", "userns")]


def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(number))
    return result


def user_namespace():
    """A descriptor of a user namespace that maps 10000.. inside to 0.. outside the way mounts read it."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        libc.unshare(CLONE_NEWUSER)
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    for kind in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{kind}", "w") as file:
            file.write("0 10000 65536")
    fd = os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    os.write(go[1], b"x")
    os.waitpid(child, 0)
    return fd


def make_as_user(target):
    code = 1
    try:
        os.setgroups([])
        os.setgid(11000)
        os.setuid(11000)
        with open(f"{target}/made", "w") as file:
            file.write("by 11000")
        os.mkdir(f"{target}/directory")
        code = 0
    finally:
        os._exit(code)


def main(mount, lower):
    os.chmod(os.path.dirname(mount), 0o755)
    os.mkdir(f"{mount}/tree")
    os.chmod(f"{mount}/tree", 0o777)
    with open(f"{mount}/tree/before", "w") as file:
        file.write("text")
    target = f"{os.path.dirname(mount)}/idmapped"
    os.mkdir(target)
    tree = call(OPEN_TREE, AT_FDCWD, f"{mount}/tree".encode(), OPEN_TREE_CLONE | AT_EMPTY_PATH)
    attributes = MountAttr(set=MOUNT_ATTR_IDMAP, userns=user_namespace())
    try:
        call(MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, ctypes.byref(attributes), ctypes.sizeof(attributes))
        call(MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), MOVE_MOUNT_F_EMPTY_PATH)
    except OSError as error:
        print("refused", error.errno)
        return
    finally:
        os.close(tree)
    try:
        before = os.stat(f"{target}/before")
        print("shown", before.st_uid, before.st_gid)
        child = os.fork()
        if child == 0:
            make_as_user(target)
        print("made", os.waitpid(child, 0)[1])
        for name in ("made", "directory"):
            below, above = os.stat(f"{lower}/tree/{name}"), os.stat(f"{target}/{name}")
            print(name, below.st_uid, below.st_gid, above.st_uid, above.st_gid)
        with open(f"{target}/made") as file:
            print("read", file.read())
        os.setxattr(f"{target}/made", "trusted.name", b"v")
        print("attributes", os.listxattr(f"{target}/made"))
    finally:
        libc.umount2(target.encode(), 2)
        os.rmdir(target)


main(sys.argv[1], sys.argv[2])
