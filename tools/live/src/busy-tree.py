"""Uses a tree in every way that makes nodes, handles and registrations, and leaves nothing open.

    busy-tree.py DIRECTORY

DIRECTORY holds `tree`, with subdirectories of files. Prints how many files it met.
"""
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import traceback

libc = ctypes.CDLL(None, use_errno=True)


def files_of(top):
    return [os.path.join(where, name) for where, _, names in os.walk(top) for name in names]


def refused(call, *expected):
    try:
        call()
    except OSError as error:
        assert error.errno in expected, error
    else:
        raise AssertionError("expected a refusal")


def give_name(fd, path):
    """linkat with AT_SYMLINK_FOLLOW, which os.link does not use."""
    if libc.linkat(-100, f"/proc/self/fd/{fd}".encode(), -100, path.encode(), 0x400) != 0:
        raise OSError(ctypes.get_errno(), "linkat")


def held_and_removed(top):
    """Files that are removed, renamed and replaced while they are open."""
    names = files_of(top)[:150]
    held = []
    for number, name in enumerate(names):
        fd = os.open(name, os.O_RDWR)
        held.append(fd)
        if number % 3 == 0:
            os.unlink(name)
        elif number % 3 == 1:
            os.rename(name, name + ".renamed")
        else:
            with open(name + ".new", "w") as new:
                new.write("new")
            os.replace(name + ".new", name)
    for number, fd in enumerate(held):
        os.pwrite(fd, b"held", 0)
        assert os.pread(fd, 4, 0) == b"held"
        if number % 2 == 0:
            os.fsync(fd)
    for fd in held:
        os.close(fd)


def linked(top):
    for name in files_of(top)[:200]:
        os.link(name, name + ".link")
        os.unlink(name)
        with open(name + ".link", "rb") as file:
            file.read()


def special(top):
    os.symlink("nowhere", os.path.join(top, "symlink"))
    refused(lambda: open(os.path.join(top, "symlink"), "rb"), errno.ENOENT)
    os.mkfifo(os.path.join(top, "fifo"))
    refused(lambda: os.open(os.path.join(top, "fifo"), os.O_WRONLY | os.O_NONBLOCK), errno.ENXIO)
    for number in range(200):
        refused(lambda: os.stat(os.path.join(top, f"absent-{number}")), errno.ENOENT)
        refused(lambda: os.mkdir(top), errno.EEXIST)
        refused(lambda: os.rmdir(top), errno.ENOTEMPTY)
        fd = os.open(top, os.O_TMPFILE | os.O_RDWR)
        os.write(fd, b"no name")
        if number % 2 == 0:
            give_name(fd, os.path.join(top, f"named-{number}"))
        os.close(fd)
    where = os.path.join(top, "left")
    os.mkdir(where)
    fd = os.open(where, os.O_RDONLY)
    os.rmdir(where)
    assert os.listdir(fd) == []
    os.close(fd)


def killed(top):
    """Walks and reads that end in the middle."""
    for number in range(20):
        command = ["find", top, "-size", "-1k"] if number % 2 == 0 else ["grep", "-r", "nothing", top]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(0.003 * number)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()


def main():
    os.chdir(sys.argv[1])
    subprocess.run(["cp", "-a", "tree", "copy"], check=True)
    subprocess.run(["diff", "-r", "tree", "copy"], check=True)
    met = len(files_of("copy"))
    workers = []
    for work, top in ((held_and_removed, "copy/0"), (linked, "copy/1"), (special, "copy/2"), (killed, "tree")):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work(top)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        workers.append(child)
    for number in range(3, 8):
        os.rename(f"copy/{number}", f"copy/moved-{number}")
        os.rename(f"copy/moved-{number}", f"moved-{number}")
    for child in workers:
        _, status = os.waitpid(child, 0)
        assert status == 0, status
    for number in range(3, 8):
        shutil.rmtree(f"moved-{number}")
    subprocess.run(["rm", "-r", "copy"], check=True)
    print(met)


main()
