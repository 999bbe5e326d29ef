"""Performs the calls at the borders of POSIX in a directory and prints each result as a line of JSON.

usage: border-cases.py DIRECTORY disk|memory

tmpfs leaves set-id bits alone when it allocates or punches; a disk file system clears them.
"""
import json
import mmap
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys

from posix_calls import (
    AT_EMPTY_PATH,
    FALLOC_KEEP_SIZE,
    FALLOC_PUNCH_HOLE,
    O_TMPFILE,
    RENAME_EXCHANGE,
    RENAME_NOREPLACE,
    RENAME_WHITEOUT,
    become,
    described,
    fallocate,
    link_open_file,
    linkat,
    outcome,
    renameat2,
)

TARGET_MAX = 4095


def report(name, *results):
    print(json.dumps({"case": name, "gives": results}))


def make(name, data=b"some data", mode=0o644):
    with open(name, "wb") as file:
        file.write(data)
    os.chmod(name, mode)


def seen(name):
    return outcome(lambda: described(os.lstat(name)))


def names():
    for length in (1, 254, 255, 256, 1024, 4095):
        name = b"n" * length
        report(
            "a name of %d bytes" % length,
            outcome(lambda: os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))),
            outcome(os.mkdir, name),
            outcome(os.symlink, b"to", name),
            outcome(os.link, b".", name),
            outcome(os.rename, name, b"m" * length),
            outcome(os.lstat, b"m" * length) == "ENOENT",
            outcome(os.unlink, b"m" * length),
            outcome(os.mkfifo, name),
            outcome(os.unlink, name),
        )
    for name in (b"", b".", b"..", b"a/", b"missing/a", b" ", b"*", b"\\", b"a:b", b"\x01"):
        made, removed = outcome(os.mkdir, name), outcome(os.rmdir, name)
        report("the name %r" % name, made, removed)
    deep = b"d/" * 2040 + b"x"
    report("a path of 4081 and of 4097 bytes", outcome(os.lstat, deep), outcome(os.lstat, b"./" * 8 + deep))


def symlinks():
    os.symlink("l0", "loop")
    os.symlink("loop", "l0")
    make("end")
    os.symlink("end", "c1")
    for number in range(2, 43):
        os.symlink("c%d" % (number - 1), "c%d" % number)
    report("loops", outcome(os.stat, "loop"), outcome(os.open, "loop", os.O_RDONLY), outcome(os.chmod, "loop", 0o600))
    report("chains", seen("c40"), outcome(lambda: os.stat("c40").st_size), outcome(lambda: os.stat("c41").st_size))
    report("no following", outcome(os.open, "c1", os.O_RDONLY | os.O_NOFOLLOW))
    report("through a dangling one", outcome(os.symlink, "made", "dangling"),
           outcome(lambda: os.close(os.open("dangling", os.O_CREAT | os.O_WRONLY, 0o600))), seen("made"),
           outcome(lambda: os.open("dangling", os.O_CREAT | os.O_EXCL)))
    for length in (1, TARGET_MAX - 1, TARGET_MAX, TARGET_MAX + 1):
        made = outcome(os.symlink, "t" * length, "to%d" % length)
        report("a target of %d bytes" % length, made, outcome(os.readlink, "to%d" % length), seen("to%d" % length))


def kinds():
    os.mkdir("dir")
    os.mkdir("full")
    os.mkdir("full/inner")
    make("file")
    report("EISDIR", outcome(os.open, "dir", os.O_WRONLY), outcome(os.unlink, "dir"), outcome(os.truncate, "dir", 0),
           outcome(os.rename, "file", "dir"), outcome(lambda: os.read(os.open("dir", os.O_RDONLY), 10)))
    report("ENOTDIR", outcome(os.mkdir, "file/x"), outcome(os.rmdir, "file"), outcome(os.listdir, "file"),
           outcome(os.rename, "dir", "file"), outcome(os.open, "file", os.O_DIRECTORY), outcome(os.lstat, "file/"))
    report("ENOTEMPTY", outcome(os.rmdir, "full"), outcome(os.rename, "dir", "full"))
    report("EINVAL", outcome(os.rename, "full", "full/inner/x"), outcome(os.rmdir, "full/."),
           outcome(os.rmdir, "full/inner/.."))
    report("EXDEV", outcome(os.rename, "file", "/proc/x"), outcome(os.link, "file", "/proc/x"))
    report("EXDEV of copy_file_range's other side", outcome(os.rename, "/proc/self/status", "x"))
    report("EFBIG", outcome(os.truncate, "file", 1 << 62) in (None, "EFBIG"), outcome(os.truncate, "file", -1),
           outcome(os.truncate, "file", 9), seen("file"))
    make("other")
    report("renames", outcome(renameat2, b"file", b"other", RENAME_NOREPLACE),
           outcome(renameat2, b"file", b"absent", RENAME_EXCHANGE), outcome(renameat2, b"file", b"dir", RENAME_EXCHANGE),
           seen("file"), seen("dir"), outcome(renameat2, b"dir", b"white", RENAME_WHITEOUT), seen("dir"), seen("white"),
           outcome(renameat2, b"white", b"x", 8))
    report("devices", outcome(os.mknod, "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3)), seen("null"),
           outcome(os.mknod, "high", 0o600 | stat.S_IFBLK, os.makedev(259, 70_000)), seen("high"), outcome(os.unlink, "high"))


def nameless():
    fd = os.open(".", O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"nameless")
    report("named later", outcome(link_open_file, fd, b"named"), seen("named"), outcome(link_open_file, fd, b"twice"),
           outcome(link_open_file, fd, b"named"), described(os.fstat(fd)))
    exclusive = os.open(".", O_TMPFILE | os.O_WRONLY | os.O_EXCL, 0o640)
    report("never named", outcome(link_open_file, exclusive, b"never"), outcome(os.write, exclusive, b"x"))
    report("read only", outcome(os.open, ".", O_TMPFILE | os.O_RDONLY), outcome(os.open, "named", O_TMPFILE | os.O_RDWR))
    path_only = os.open("named", os.O_PATH)
    report("O_PATH", outcome(os.read, path_only, 1), outcome(linkat, path_only, b"", b"third", AT_EMPTY_PATH),
           described(os.fstat(path_only)), outcome(os.fchmod, path_only, 0))
    os.unlink("named"), os.unlink("twice"), os.unlink("third")
    report("all names gone", described(os.fstat(fd)), outcome(link_open_file, fd, b"again"), os.pread(fd, 20, 0).decode())


def direct():
    make("direct", bytes(range(256)) * 64)
    fd = os.open("direct", os.O_RDWR | os.O_DIRECT)
    buffer = mmap.mmap(-1, 8192)
    buffer[:] = b"D" * 8192
    report("O_DIRECT", outcome(os.pwritev, fd, [buffer], 4096), outcome(os.preadv, fd, [buffer], 12_288),
           outcome(os.preadv, fd, [buffer], 16_384))
    with open("direct", "rb") as file:
        report("seen by others", file.read()[4096:12_288] == b"D" * 8192)


def descriptors():
    make("held", b"0123456789")
    fd, old = os.open("held", os.O_RDWR), os.open("held", os.O_RDONLY)
    make("new", b"new content")
    os.rename("new", "held")
    os.pwrite(fd, b"XY", 4)
    report("replaced while open", os.pread(old, 20, 0).decode(), open("held").read(), described(os.fstat(fd)))
    append = os.open("held", os.O_WRONLY | os.O_APPEND)
    report("append", os.write(append, b"+1"), os.pwrite(append, b"+2", 0), open("held").read())
    os.chmod("held", 0)
    report("after chmod 0", os.write(append, b"+3"), outcome(os.ftruncate, append, 5), described(os.fstat(append)))
    report("flags", outcome(os.open, "held", os.O_RDWR | os.O_CREAT | os.O_EXCL), outcome(os.ftruncate, old, 1))
    os.mkdir("cwd")
    directory = os.open("cwd", os.O_RDONLY)
    make("cwd/x")
    os.rename("cwd", "moved")
    report("a moved directory", os.listdir(directory), outcome(lambda: os.stat("x", dir_fd=directory).st_size),
           outcome(lambda: os.mkdir("y", dir_fd=directory)), sorted(os.listdir("moved")))
    shutil.rmtree("moved")
    report("a removed directory", os.listdir(directory), described(os.fstat(directory)))


def executing():
    shutil.copy("/bin/sleep", "program")
    running = subprocess.Popen(["./program", "60"])
    report("a running program", outcome(os.open, "program", os.O_WRONLY), outcome(os.truncate, "program", 0),
           outcome(os.unlink, "program"))
    running.send_signal(signal.SIGKILL)
    report("its end", running.wait())
    make("script", b"#!/bin/sh\necho ran\n", 0o755)
    report("a script", subprocess.run(["./script"], capture_output=True, text=True).stdout)
    os.chmod("script", 0o644)
    report("not executable", outcome(os.execv, "./script", ["x"]))


def pipes_and_sockets():
    os.mkfifo("pipe", 0o644)
    child = os.fork()
    if child == 0:
        with open("pipe", "wb") as pipe:
            pipe.write(b"through the pipe")
        os._exit(0)
    with open("pipe", "rb") as pipe:
        report("a FIFO", pipe.read().decode())
    os.waitpid(child, 0)
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket")
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    report("a socket", outcome(client.connect, "socket"), seen("socket"), outcome(server.bind, "socket"),
           outcome(os.open, "socket", os.O_RDONLY))


def permissions():
    os.mkdir("shared")
    os.chown("shared", 0, 20001)
    os.chmod("shared", 0o2777)
    os.mkdir("sticky")
    os.chmod("sticky", 0o1777)
    os.mkdir("closed", 0o700)
    make("sticky/of root", mode=0o666)
    make("readable", mode=0o644)
    make("writable", mode=0o666)
    for who in (1, 2):
        become(who)
        os.umask(0o027)
        name = "shared/%d" % who
        report("a set-gid directory as %d" % who, outcome(os.mkdir, name + "d", 0o777), seen(name + "d"),
               outcome(lambda: os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o2775))), seen(name),
               outcome(os.symlink, "x", name + "l"), seen(name + "l"), outcome(os.mkfifo, name + "p"), seen(name + "p"),
               outcome(os.chmod, name, 0o2750), seen(name), outcome(os.chown, name, -1, 20002), seen(name))
        report("a sticky directory as %d" % who, outcome(os.unlink, "sticky/of root"),
               outcome(os.rename, "sticky/of root", "sticky/mine"), outcome(os.link, "readable", "sticky/l%d" % who),
               outcome(os.link, "writable", "sticky/w%d" % who), outcome(os.mkdir, "sticky/d%d" % who))
        report("others' files as %d" % who, outcome(os.open, "readable", os.O_RDWR), outcome(os.chmod, "writable", 0),
               outcome(os.utime, "writable", (1, 1)), outcome(os.utime, "writable"), outcome(os.utime, "readable"),
               outcome(os.open, "readable", os.O_RDONLY | os.O_NOATIME), outcome(os.listdir, "closed"),
               outcome(os.stat, "closed/x"), outcome(os.setxattr, "readable", "user.x", b"1"),
               outcome(os.setxattr, "writable", "user.x", b"1"), outcome(os.setxattr, "writable", "trusted.x", b"1"),
               outcome(os.access, "readable", os.W_OK), outcome(os.mknod, "sticky/dev", stat.S_IFCHR, 259))
        become(0)
        os.umask(0o022)
    os.setxattr("readable", "trusted.hidden", b"1")
    become(1)
    report("trusted attributes", outcome(os.listxattr, "readable"), outcome(os.getxattr, "readable", "trusted.hidden"))
    become(0)


SET_ID_TRIALS = {
    "pwrite": lambda fd, name: os.pwrite(fd, b"a", 0),
    "ftruncate": lambda fd, name: os.ftruncate(fd, 5),
    "copy_file_range": lambda fd, name: os.copy_file_range(fd, fd, 3, 0, 5),
    "truncate": lambda fd, name: os.truncate(name, 5),
    "O_TRUNC": lambda fd, name: os.close(os.open(name, os.O_WRONLY | os.O_TRUNC)),
    "chown": lambda fd, name: os.chown(name, -1, 10001),
    "rename": lambda fd, name: os.rename(name, name),
}
ON_DISK = {
    "fallocate": lambda fd, name: fallocate(fd, 0, 0, 4096),
    "punch": lambda fd, name: fallocate(fd, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, 4096),
}


def set_id_bits(trials):
    """Opened when the bits are there: those of a file that is written to by passthrough already only the kernel knows."""
    for who in (0, 1):
        for name, trial in trials.items():
            for mode, group in ((0o6777, 0), (0o6767, 10001), (0o6767, 20002), (0o4755, 10001), (0o1666, 0)):
                make(name)
                os.chown(name, 10001 if group else 0, group)
                os.chmod(name, mode)
                become(who)
                fd = os.open(name, os.O_RDWR)
                result = outcome(trial, fd, name)
                become(0)
                report("%s of %o, group %d as %d" % (name, mode, group, who), result, seen(name))
                os.close(fd)
                os.unlink(name)


def attributes():
    make("blocks")
    report("attributes", outcome(os.setxattr, "blocks", "user.a", b"v" * 3000), outcome(os.listxattr, "blocks"),
           outcome(os.setxattr, "blocks", "user.a", b"w", os.XATTR_CREATE),
           outcome(os.setxattr, "blocks", "user.b", b"w", os.XATTR_REPLACE), outcome(os.removexattr, "blocks", "user.b"),
           outcome(os.setxattr, "blocks", "user.b", b"x" * 65_536), outcome(os.setxattr, "blocks", "user.b", b"x" * 65_537),
           [len(os.getxattr("blocks", name)) for name in sorted(os.listxattr("blocks"))])


def main():
    os.chdir(sys.argv[1])
    os.umask(0o022)
    trials = SET_ID_TRIALS | (ON_DISK if sys.argv[2] == "disk" else {})
    parts = [names, symlinks, kinds, nameless, direct, descriptors, executing, pipes_and_sockets, permissions, attributes]
    for part in parts:
        os.mkdir(part.__name__)
        os.chdir(part.__name__)
        part()
        os.chdir("..")
    os.mkdir("set-id")
    os.chdir("set-id")
    set_id_bits(trials)


main()
