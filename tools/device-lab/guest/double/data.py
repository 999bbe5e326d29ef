"""Where reads, writes and mappings go."""

import errno
import mmap
import os
import stat
import subprocess

from checking import check, expect

PAGE = 4096


def pass_data(mounted, name='data', **plan):
    """Writes and reads back through a registered open: whether no READ or WRITE came."""
    mounted.make(name, b'x' * PAGE)
    mounted.io()
    fd = mounted.passed(name, **plan)
    try:
        expect(os.pwrite(fd, b'written', 0), 7)
        expect(mounted.content(name)[:7], b'written')
        mounted_now = os.pread(fd, PAGE, 0)
        expect((len(mounted_now), mounted_now[:8]), (PAGE, b'writtenx'))
    finally:
        os.close(fd)
    return mounted.io() == (0, 0)


@check('read and write reach the lower file with no request')
def passes(it):
    expect(pass_data(it.mounted), True)


@check('a file made by CREATE passes through as well')
def created(it):
    it.mounted.io()
    fd = it.mounted.passed('created', os.O_CREAT | os.O_EXCL | os.O_RDWR)
    os.write(fd, b'new')
    expect((os.pread(fd, 9, 0), it.mounted.content('created')), (b'new', b'new'))
    os.close(fd)
    expect(it.mounted.io(), (0, 0))


@check('an open with id 0, a negative or an unknown one is served by the daemon')
def unknown_ids(it):
    for number in (0, -1, 9999):
        served_by_daemon(it, id=number)


def served_by_daemon(it, **plan):
    it.mounted.make('slow', b'slow')
    it.mounted.io()
    fd = it.mounted.open('slow', **plan)
    expect(os.pread(fd, 4, 0), b'slow')
    os.write(fd, b'fast')
    os.close(fd)
    reads, writes = it.mounted.io()
    expect((reads > 0, writes > 0, it.mounted.content('slow')), (True, True, b'fast'))


@check('an id serves one open: the second is served by the daemon', unless='by_request')
def one_open(it):
    it.mounted.make('slow', b'slow')
    identity = it.mounted.register(f'{it.mounted.lower}/slow')
    it.mounted.io()
    first = it.mounted.open('slow', id=identity)
    expect((os.pread(first, 4, 0), it.mounted.io()), (b'slow', (0, 0)))
    os.close(first)
    served_by_daemon(it, id=identity)


@check('the lower file is used with the daemon’s credentials')
def credentials(it):
    # A writer without CAP_FSETID would take the set-user-ID bit away.
    it.mounted.make('program', b'x' * PAGE)
    path = f'{it.mounted.lower}/program'
    os.chmod(path, 0o4777)
    fd = it.mounted.passed('program')
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        os._exit(0 if os.pwrite(fd, b'y', 0) == 1 else 1)
    expect(os.waitpid(pid, 0)[1], 0)
    os.close(fd)
    expect((os.stat(path).st_mode & stat.S_ISUID, it.mounted.content('program')[:1]), (stat.S_ISUID, b'y'))


@check('a shared mapping and writes see one another; V0’s goes through the daemon and splits from them')
def mapping(it):
    it.mounted.make('mapped', b'a' * PAGE)
    it.mounted.io()
    fd = it.mounted.passed('mapped')
    with mmap.mmap(fd, PAGE) as view:
        expect(view[0], ord('a'))
        os.pwrite(fd, b'b', 0)
        expect(view[0], ord('b' if it.dialect.maps else 'a'))
        shown = next(line for line in open('/proc/self/maps') if line.rstrip().endswith('/mapped'))
        expect(('/lower/' if it.dialect.maps else '/mount/') in shown, True)
        view[1] = ord('m')
        if it.dialect.maps:
            expect(it.mounted.content('mapped')[:2], b'bm')
    os.close(fd)
    expect(it.mounted.io()[0] == 0, it.dialect.maps)


@check('a private mapping shows the lower file')
def private_mapping(it):
    it.mounted.make('private', b'p' * PAGE)
    it.mounted.io()
    fd = it.mounted.passed('private')
    with mmap.mmap(fd, PAGE, flags=mmap.MAP_PRIVATE) as view:
        expect(view[:], b'p' * PAGE)
    os.close(fd)
    expect(it.mounted.io()[0] == 0, it.dialect.maps)


@check('O_APPEND of the app appends; V0’s and the earliest’s writes at 0')
def append(it):
    it.mounted.make('log', b'first ')
    fd = it.mounted.passed('log', os.O_WRONLY | os.O_APPEND)
    os.write(fd, b'second')
    os.close(fd)
    expect(it.mounted.content('log'), b'first second' if it.dialect.keeps_append else b'second')


@check('O_APPEND of the lower descriptor alone moves every write to the end')
def lower_append(it):
    it.mounted.make('lower-log', b'first ')
    fd = it.mounted.passed('lower-log', lower=os.O_RDWR | os.O_APPEND)
    os.pwrite(fd, b'second', 0)
    os.close(fd)
    expect(it.mounted.content('lower-log'), b'first second')


@check('a lower descriptor for reading refuses writes, yet a mapping writes where mappings pass through')
def lower_read_only(it):
    it.mounted.make('read-only', b'x' * PAGE)
    fd = it.mounted.passed('read-only', lower=os.O_RDONLY)
    try:
        os.pwrite(fd, b'y', 0)
        raise AssertionError('the write went through')
    except OSError as error:
        expect(error.errno, errno.EBADF)
    if it.dialect.maps:
        with mmap.mmap(fd, PAGE) as view:
            view[0] = ord('m')
        expect(it.mounted.content('read-only')[:1], b'm')
    os.close(fd)


@check('O_DIRECT counts on the lower descriptor only')
def direct(it):
    it.mounted.make('direct', b'x' * PAGE)
    fd = it.mounted.passed('direct', os.O_RDWR | os.O_DIRECT)
    expect(os.pread(fd, 7, 1), b'x' * 7)
    os.close(fd)
    fd = it.mounted.passed('direct', lower=os.O_RDWR | os.O_DIRECT)
    try:
        os.pread(fd, 7, 1)
        raise AssertionError('an unaligned read was done')
    except OSError as error:
        expect(error.errno, errno.EINVAL)
    os.close(fd)


@check('after a write the size is right without GETATTR; mtime follows in V2 only')
def attributes(it):
    it.mounted.make('attributes', b'x')
    os.utime(f'{it.mounted.lower}/attributes', (1, 1))
    fd = it.mounted.passed('attributes')
    os.fstat(fd)
    it.mounted.ask('counts')
    os.pwrite(fd, b'longer', 0)
    after = os.fstat(fd)
    expect((after.st_size, 'GETATTR' in it.mounted.ask('counts')), (6, False))
    expect(after.st_mtime > 1, it.dialect.keeps_mtime)
    os.close(fd)


@check('a lower file that grows from outside is read anew, and fstat stays as it was')
def grown(it):
    it.mounted.make('grown', b'short')
    fd = it.mounted.passed('grown')
    it.mounted.make('grown', b'short no more')
    expect((os.pread(fd, 99, 0), os.fstat(fd).st_size), (b'short no more', 5))
    os.close(fd)


@check('sendfile and splice pass through')
def splice(it):
    it.mounted.make('spliced', b'spliced')
    it.mounted.make('copy')
    source, target = it.mounted.passed('spliced'), it.mounted.passed('copy')
    it.mounted.io()
    reader, writer = os.pipe()
    expect(os.sendfile(writer, source, 0, 7), 7)
    expect(os.splice(reader, target, 7), 7)
    expect((it.mounted.content('copy'), it.mounted.io()), (b'spliced', (0, 0)))
    for fd in (source, target, reader, writer):
        os.close(fd)


@check('fsync and fallocate still go to the daemon')
def not_data(it):
    it.mounted.make('synced', b'x')
    fd = it.mounted.passed('synced')
    it.mounted.ask('counts')
    os.fsync(fd)
    try:
        os.posix_fallocate(fd, 0, 10)
    except OSError:
        pass  # this daemon has no fallocate
    os.close(fd)
    counts = it.mounted.ask('counts')
    expect([name for name in ('FSYNC', '43', 'FLUSH') if name not in counts], [])


@check('the daemon may close its own descriptor: it did, in every check here, right after the ioctl')
def lower_closed(it):
    it.mounted.make('closed', b'x')
    fd = it.mounted.passed('closed')
    left = subprocess.run(['ls', '-l', f'/proc/{it.mounted.pid}/fd'], capture_output=True, text=True).stdout
    expect((left.count('/lower/closed'), os.pread(fd, 1, 0)), (1, b'x'))
    os.close(fd)
