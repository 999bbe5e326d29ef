"""A mount served by server.py: the app's side of the checks."""

import ctypes
import json
import os
import select
import signal
import socket
import time
import traceback

from server import Server, libc

MNT_DETACH = 2
ANSWER_WITHIN_S = 60


def mount(source, target, kind, options='', flags=0):
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


def umount(target, flags=0):
    """0 or errno."""
    return 0 if libc.umount2(target.encode(), flags) == 0 else ctypes.get_errno()


class Mounted:
    """`accepts`: the INIT reply takes the dialect's bit. `extra`: more INIT bits to take."""

    def __init__(self, home, dialect, accepts=True, extra=0):
        self.lower, self.top = os.path.join(home, 'lower'), os.path.join(home, 'mount')
        for path in (self.lower, self.top):
            os.makedirs(path, exist_ok=True)
        device = os.open('/dev/fuse', os.O_RDWR)
        mount('lab', self.top, 'fuse', f'fd={device},rootmode=40000,user_id=0,group_id=0,allow_other')
        self.minor = os.minor(device_of(self.top))
        self.control, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.control.close()
                Server(device, theirs, self.lower, dialect, accepts, extra).run()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(device)
        theirs.close()
        os.stat(self.top)
        self.init = self.ask('init')

    def ask(self, do, fd=None, **words):
        line = json.dumps({'do': do, **words}).encode()
        socket.send_fds(self.control, [line], [] if fd is None else [fd])
        answer = b''
        while not answer.endswith(b'\n'):
            if not select.select([self.control], [], [], ANSWER_WITHIN_S)[0]:
                raise TimeoutError('the daemon of the checks does not answer')
            answer += self.control.recv(65536)
        return json.loads(answer)

    def plan(self, **plan):
        self.ask('plan', **plan)

    def register(self, path_or_fd, flags=os.O_RDWR, **words):
        """Registers a file by path or descriptor: an id, or -errno."""
        if isinstance(path_or_fd, int):
            return self.ask('register', path_or_fd, **words)
        fd = os.open(path_or_fd, flags)
        try:
            return self.ask('register', fd, **words)
        finally:
            os.close(fd)

    def register_in_flight(self, path_or_fd):
        """The same, of a descriptor registered for an open of `file` while that is in flight: 0 or -errno."""
        fd = os.dup(path_or_fd) if isinstance(path_or_fd, int) else os.open(path_or_fd, os.O_RDWR)
        try:
            self.ask('hold', fd)
            self.ask('registered')
            os.close(self.open('file', register=True, held=True))
            return self.ask('registered')[-1]
        finally:
            os.close(fd)

    def io(self):
        """READ and WRITE requests since this was last asked."""
        counts = self.ask('counts')
        return counts.get('READ', 0), counts.get('WRITE', 0)

    def make(self, name, content=b''):
        with open(os.path.join(self.lower, name), 'wb') as file:
            file.write(content)

    def content(self, name):
        with open(os.path.join(self.lower, name), 'rb') as file:
            return file.read()

    def open(self, name, flags=os.O_RDWR, **plan):
        """Opens through the mount, under a plan for this open alone."""
        self.plan(**plan)
        try:
            return os.open(os.path.join(self.top, name), flags, 0o644)
        finally:
            self.plan()

    def passed(self, name, flags=os.O_RDWR, lower=os.O_RDWR, **plan):
        """The same with the lower file registered with flags of its own."""
        self.plan(register=True, flags=lower, **plan)
        try:
            return os.open(os.path.join(self.top, name), flags, 0o644)
        finally:
            self.plan()

    def end(self):
        # Aborted first: a daemon that holds a file of its own mount could not exit otherwise.
        with open(f'/sys/fs/fuse/connections/{self.minor}/abort', 'w') as file:
            file.write('1')
        umount(self.top, MNT_DETACH)
        self.control.close()
        for _ in range(200):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def device_of(top):
    """Without asking the file system, which is not served yet."""
    with open('/proc/self/mountinfo') as mounts:
        numbers = [line.split()[2] for line in mounts if line.split()[4] == top]
    major, minor = numbers[-1].split(':')
    return os.makedev(int(major), int(minor))
