"""What the registering ioctl answers."""

import errno
import os
import socket

from checking import check, expect
from dialects import IOCTLS
from mounted import MNT_DETACH, Mounted, mount, umount

MANY = 2000


@check('INIT is a kernel’s of the dialect: bit, protocol, length')
def init_offers(it):
    init, dialect = it.mounted.init, it.dialect
    expect(bool(init['flags'] & dialect.bit), True)
    expect((init['minor'], init['bytes']), (dialect.minor, dialect.init_bytes))


@check('a registration before the INIT reply is EPERM')
def before_init(it):
    expect(it.mounted.init['early'], -errno.EPERM)


@check('a registration on a connection that did not negotiate is EPERM')
def not_negotiated(it):
    mounted = it.another(accepts=False)
    mounted.make('file')
    expect(mounted.register(f'{mounted.lower}/file'), -errno.EPERM)


@check('another generation’s ioctl is ENOTTY')
def other_ioctls(it):
    for number in IOCTLS - {it.dialect.ioctl}:
        expect(it.register('file', number=number), -errno.ENOTTY)


@check('descriptors that are not open are refused')
def bad_descriptor(it):
    for number in (-1, 9999):
        expect(it.mounted.ask('register_number', number=number), -it.dialect.bad_fd)


@check('a directory is refused')
def directory(it):
    expect(it.mounted.register(it.mounted.lower, os.O_RDONLY), -it.dialect.not_a_file)


@check('a descriptor opened with O_PATH is refused')
def path_only(it):
    expect(it.mounted.register(f'{it.mounted.lower}/file', os.O_PATH), -it.dialect.bad_fd)


@check('a file without read_iter or write_iter is refused')
def not_iterable(it):
    expect(it.mounted.register('/proc/version', os.O_RDONLY), -it.dialect.not_a_file)


@check('a reserved field that is not 0 is EINVAL', unless='v2')
def reserved(it):
    expect(it.register('file', reserved=1), -errno.EINVAL)


@check('a device, a pipe and a socket are accepted', unless='by_request')
def not_regular(it):
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    try:
        for fd in (os.open('/dev/null', os.O_RDWR), reader, ours.fileno()):
            expect(it.mounted.register(fd) > 0, True)
    finally:
        for fd in (reader, writer):
            os.close(fd)
        ours.close()
        theirs.close()


@check('a file of an overlay is taken, of an overlay on an overlay refused; V0 takes it and does not use it')
def overlays(it):
    one, two = overlay(it, 'one', it.mounted.lower), None
    try:
        two = overlay(it, 'two', one)
        expect(it.accepts(f'{one}/file'), True)
        it.expect_too_deep(f'{two}/file', it.mounted)
    finally:
        for path in (two, one):
            if path:
                umount(path, MNT_DETACH)


def overlay(it, name, lower):
    top = it.directory(name)
    upper, work = it.directory(name + '-upper'), it.directory(name + '-work')
    mount('overlay', top, 'overlay', f'lowerdir={lower},upperdir={upper},workdir={work}')
    return top


@check('no overlay is stacked on the mount once passthrough is negotiated')
def overlay_on_top(it):
    try:
        umount(overlay(it, 'above', it.mounted.top), MNT_DETACH)
    except OSError as error:
        expect(error.errno, errno.EINVAL)
    else:
        raise AssertionError('the overlay was mounted')


@check('a file of the mount itself is refused; V0 takes it and does not use it')
def own_file(it):
    mounted = it.another()
    mounted.make('file', b'content')
    fd = mounted.open('file')
    try:
        it.expect_too_deep(fd, mounted)
    finally:
        os.close(fd)


@check('a caller without capabilities may register', unless='by_request')
def unprivileged(it):
    with open(f'{it.mounted.lower}/file', 'rb+') as file:
        expect(it.mounted.ask('register_as_nobody', file.fileno()) > 0, True)


@check('a cloned device descriptor registers as well', unless='by_request')
def cloned(it):
    with open(f'{it.mounted.lower}/file', 'rb+') as file:
        expect(it.mounted.ask('register_by_clone', file.fileno()) > 0, True)


@check('ids are the lowest that are free, and free again once an OPEN took them', unless='by_request')
def lowest_ids(it):
    mounted = it.another()
    mounted.make('file')
    path = f'{mounted.lower}/file'
    expect([mounted.register(path) for _ in range(3)], [1, 2, 3])
    os.close(mounted.open('file', id=2))
    expect([mounted.register(path) for _ in range(2)], [2, 4])


@check(f'{MANY} ids that nothing uses pin the lower file system until the connection ends', unless='by_request')
def pinned(it):
    disk = it.directory('disk')
    mount('tmpfs', disk, 'tmpfs')
    mounted = it.another()
    with open(f'{disk}/file', 'wb'):
        pass
    expect(mounted.register(f'{disk}/file', times=MANY), MANY)
    expect(umount(disk), errno.EBUSY)
    it.end(mounted)
    expect(it.eventually(lambda: umount(disk) == 0), True)


@check('a request that is not in flight is ENOENT', only='by_request')
def stale_request(it):
    expect(it.register('file', unique=0xffff0000), -errno.ENOENT)


@check('a second registration for a request in flight is refused', only='by_request')
def twice(it):
    it.mounted.plan(register=True, flags=os.O_RDWR, twice=True)
    os.close(os.open(f'{it.mounted.top}/file', os.O_RDWR))
    it.mounted.plan()
    expect(it.mounted.ask('registered')[-2:], [0, -errno.EEXIST])
