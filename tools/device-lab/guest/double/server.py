"""A daemon for the checks: serves a lower directory's files, and does with each open what it was last told to.

It runs in a process of its own and is steered over a socket, a line of JSON each way; a descriptor may come along.
Commands wait for their turn between two requests of the kernel.
"""

import ctypes
import errno
import fcntl
import json
import os
import select
import socket

import wire

libc = ctypes.CDLL(None, use_errno=True)
BUFFER = (1 << 17) + 4096


def ioctl(fd, number, argument):
    """0 or what the call returned; -errno if it failed."""
    result = libc.ioctl(fd, ctypes.c_ulong(number), ctypes.create_string_buffer(argument, len(argument)))
    return -ctypes.get_errno() if result < 0 else result


class Server:
    def __init__(self, device, control, lower, dialect, accepts, extra):
        self.device, self.control, self.lower, self.dialect = device, control, lower, dialect
        self.accepts, self.extra = accepts, extra
        self.nodes, self.files, self.counts = {1: ''}, {}, {}
        self.plan, self.registered, self.init, self.next_fh = {}, [], None, 1
        self.held = -1

    def run(self):
        while True:
            # Requests first: a command's answer tells of all that came before it.
            ready, _, _ = select.select([self.device, self.control], [], [])
            if self.device in ready:
                try:
                    request = os.read(self.device, BUFFER)
                except OSError as error:
                    if error.errno == errno.ENODEV:
                        return
                    if error.errno in (errno.ENOENT, errno.EINTR):
                        continue
                    raise
                self.serve(request)
            elif not self.obey():
                return

    # The kernel's side.

    def serve(self, request):
        length, opcode, unique, nodeid, *_ = wire.IN_HEADER.unpack_from(request)
        argument = request[wire.IN_HEADER.size:length]
        name = wire.NAMES.get(opcode, str(opcode))
        self.counts[name] = self.counts.get(name, 0) + 1
        handler = getattr(self, 'on_' + name.lower(), None)
        try:
            answer = handler(nodeid, argument, unique) if handler else None
            error = 0 if handler else errno.ENOSYS
        except OSError as failure:
            answer, error = None, failure.errno
        if opcode not in wire.WITHOUT_REPLY:
            answer = answer or b''
            os.write(self.device, wire.OUT_HEADER.pack(16 + len(answer), -error, unique) + answer)

    def path(self, nodeid):
        return os.path.join(self.lower, self.nodes[nodeid])

    def on_init(self, _node, argument, unique):
        major, minor, _, flags = wire.INIT_IN.unpack_from(argument)
        flags2 = int.from_bytes(argument[16:20], 'little')
        offered = flags | flags2 << 32
        early = self.register(os.open(self.lower, os.O_RDONLY), unique)
        self.init = {'minor': minor, 'flags': offered, 'bytes': len(argument), 'early': early}
        wanted = wire.BIG_WRITES | wire.INIT_EXT | self.extra | (self.dialect.bit if self.accepts else 0)
        return wire.init_out(major, minor, wanted & offered)

    def on_lookup(self, _node, argument, _unique):
        name = argument[:-1].decode()
        path = os.path.join(self.lower, name)
        nodeid = os.stat(path).st_ino + 1
        self.nodes[nodeid] = name
        return wire.entry_out(nodeid, path)

    def on_getattr(self, nodeid, _argument, _unique):
        return wire.attr_out(self.path(nodeid))

    def on_setattr(self, nodeid, argument, _unique):
        valid, _, _, size = wire.SETATTR_IN.unpack_from(argument)
        if valid & wire.FATTR_SIZE:
            os.truncate(self.path(nodeid), size)
        return wire.attr_out(self.path(nodeid))

    def on_open(self, nodeid, _argument, unique):
        return self.opened(self.path(nodeid), unique)

    def on_create(self, _node, argument, unique):
        name = argument[wire.CREATE_IN.size:-1].decode()
        path = os.path.join(self.lower, name)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        nodeid = os.stat(path).st_ino + 1
        self.nodes[nodeid] = name
        return wire.entry_out(nodeid, path) + self.opened(path, unique)

    def opened(self, path, unique):
        """The plan: `register` with `flags` or a descriptor `held`, or `id` to claim; `fopen`: FOPEN_* flags."""
        plan = self.plan
        identity = plan.get('id', 0)
        if plan.get('register'):
            lower = self.held if plan.get('held') else os.open(path, plan['flags'])
            # A descriptor of the very mount that this serves is never closed: that would ask this process to flush.
            result = self.register(lower, unique, close=not plan.get('held'))
            self.registered.append(result)
            if plan.get('twice'):
                self.registered.append(self.register(os.open(path, plan['flags']), unique))
            identity = 0 if self.dialect.by_request else result
        fh, self.next_fh = self.next_fh, self.next_fh + 1
        self.files[fh] = os.open(path, os.O_RDWR)
        return wire.OPEN_OUT.pack(fh, plan.get('fopen', 0), identity & 0xffffffff)

    def on_read(self, _node, argument, _unique):
        fh, offset, size = wire.READ_IN.unpack_from(argument)
        return os.pread(self.files[fh], size, offset)

    def on_write(self, _node, argument, _unique):
        fh, offset, size, *_ = wire.WRITE_IN.unpack_from(argument)
        os.pwrite(self.files[fh], argument[wire.WRITE_IN.size:wire.WRITE_IN.size + size], offset)
        return size.to_bytes(8, 'little')

    def on_release(self, _node, argument, _unique):
        os.close(self.files.pop(int.from_bytes(argument[:8], 'little')))

    def on_statfs(self, _node, _argument, _unique):
        facts = os.statvfs(self.lower)
        return wire.STATFS_OUT.pack(facts.f_blocks, facts.f_bfree, facts.f_bavail, facts.f_files, facts.f_ffree,
                                    facts.f_bsize, facts.f_namemax, facts.f_frsize)

    def on_flush(self, *_):
        return None

    on_fsync = on_access = on_forget = on_batch_forget = on_interrupt = on_destroy = on_flush

    # The dialect's side.

    def register(self, fd, unique=0, number=None, reserved=0, close=True):
        try:
            argument = self.dialect.argument(fd, unique, reserved)
            return ioctl(self.device, number or self.dialect.ioctl, argument.ljust(32, b'\0'))
        finally:
            if close and fd >= 0:
                os.close(fd)

    def obey(self):
        line, fds, _, _ = socket.recv_fds(self.control, 65536, 1)
        if not line:
            return False
        command = json.loads(line)
        answer = getattr(self, 'do_' + command.pop('do'))(*fds, **command)
        self.control.sendall((json.dumps(answer) + '\n').encode())
        return True

    def do_plan(self, **plan):
        self.plan = plan

    def do_counts(self):
        counts, self.counts = self.counts, {}
        return counts

    def do_init(self):
        return self.init

    def do_registered(self):
        results, self.registered = self.registered, []
        return results

    def do_register(self, fd, times=1, keep=False, **more):
        """Registers the descriptor that came along; the last result."""
        results = [self.register(fd, close=False, **more) for _ in range(times)]
        if not keep:
            os.close(fd)
        return results[-1]

    def do_register_number(self, number):
        return self.register(number, close=False)

    def do_hold(self, fd):
        """Keeps a descriptor for an open whose plan says `held`."""
        self.held = fd

    def do_register_as_nobody(self, fd):
        return in_child(lambda: (os.setuid(65534), self.register(fd, close=False))[1], fd)

    def do_register_by_clone(self, fd):
        clone = os.open('/dev/fuse', os.O_RDWR)
        fcntl.ioctl(clone, 0x8004E500, self.device.to_bytes(4, 'little'))
        try:
            return ioctl(clone, self.dialect.ioctl, self.dialect.argument(fd).ljust(32, b'\0'))
        finally:
            os.close(clone)
            os.close(fd)


def in_child(body, fd):
    """What `body` returned in a child process, offset so that an exit code can carry it."""
    pid = os.fork()
    if pid == 0:
        os._exit(body() + 128)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) - 128
