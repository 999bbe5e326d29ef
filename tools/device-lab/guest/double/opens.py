"""Which opens pass through beside which, and what is left when they end."""

import errno
import mmap
import os
import subprocess
import sys
import time

from checking import check, expect
from data import PAGE, pass_data
from wire import FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE, WRITEBACK_CACHE


@check('passthrough beats FOPEN_DIRECT_IO; V0 and the earliest serve by the daemon, without shared mappings')
def direct_io(it):
    expect(pass_data(it.mounted, fopen=FOPEN_DIRECT_IO), it.dialect.beats_direct_io)
    fd = it.mounted.passed('data', fopen=FOPEN_DIRECT_IO)
    try:
        mmap.mmap(fd, PAGE).close()
        expect(it.dialect.beats_direct_io, True)
    except OSError as error:
        expect((error.errno, it.dialect.beats_direct_io), (errno.ENODEV, False))
    os.close(fd)


@check('FOPEN_KEEP_CACHE goes with passthrough')
def keep_cache(it):
    expect(pass_data(it.mounted, fopen=FOPEN_KEEP_CACHE), True)


@check('cached and passthrough opens of one inode are both allowed')
def mixed(it):
    it.mounted.make('mixed', b'x' * PAGE)
    cached = it.mounted.open('mixed')
    passed = it.mounted.passed('mixed')
    it.mounted.io()
    expect((os.pread(cached, 1, 0), os.pread(passed, 1, 0)), (b'x', b'x'))
    expect(it.mounted.io(), (1, 0))
    for fd in (cached, passed):
        os.close(fd)


@check('two passthrough opens of one inode, each with a registration of its own')
def two_registrations(it):
    it.mounted.make('two', b'x' * PAGE)
    fds = [it.mounted.passed('two') for _ in range(2)]
    os.pwrite(fds[0], b'both', 0)
    expect(os.pread(fds[1], 4, 0), b'both')
    for fd in fds:
        os.close(fd)


@check('passthrough goes on where WRITEBACK_CACHE is negotiated too')
def writeback(it):
    expect(pass_data(it.another(extra=WRITEBACK_CACHE)), True)


@check('files open when the connection is aborted are read and written on')
def aborted(it):
    mounted = it.another()
    mounted.make('data', b'before')
    fd = mounted.passed('data')
    with open(f'/sys/fs/fuse/connections/{mounted.minor}/abort', 'w') as file:
        file.write('1')
    time.sleep(0.1)
    os.pwrite(fd, b'after ', 0)
    expect((os.pread(fd, 6, 0), mounted.content('data')), (b'after ', b'after '))
    try:
        os.close(fd)
    except OSError as error:  # the FLUSH finds no daemon
        expect(error.errno, errno.ENOTCONN)


@check('opens and closes, 10,000 under V2, leave no registration behind')
def no_leak(it):
    opens = 10000 if it.dialect.name == 'v2' else 1000
    disk = it.directory('leak-disk')
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', disk], check=True)
    mounted = it.another(lower=disk)
    mounted.make('data', b'x')
    mounted.plan(register=True, flags=os.O_RDWR)
    path = f'{mounted.top}/data'
    for _ in range(opens):
        os.close(os.open(path, os.O_RDWR))
    mounted.plan()
    results = mounted.ask('registered')
    failed = [result for result in results if result < 0]
    expect((len(results), failed), (opens, []))
    if not it.dialect.by_request:
        expect(mounted.register(f'{disk}/data') <= 2, True)  # RELEASE may lag behind; a leak would be thousands
    it.end(mounted)
    expect(it.eventually(lambda: subprocess.run(['umount', disk], stderr=sys.stdout).returncode == 0), True)


@check('nothing of all this is said in the kernel’s log as a warning')
def quiet_log(it):
    log = subprocess.run(['dmesg', '--level=emerg,alert,crit,err,warn'], capture_output=True, text=True).stdout
    expect([line for line in log.splitlines() if any(word in line for word in ('BUG', 'WARNING', 'Oops'))], [])
