"""What apps do with files every day, in the directory named by the first argument: prints `ok`, or fails with what went wrong.

Whatever a kernel offers or refuses, all of it has to work.
"""
import errno
import fcntl
import mmap
import os
import shutil
import subprocess
import sys

os.chdir(sys.argv[1])
os.umask(0o027)


def same(what, found, expected):
    if found != expected:
        sys.exit(f'{what}: {found!r} instead of {expected!r}')


def read(path):
    with open(path, 'rb') as file:
        return file.read()


# Written, read, appended, truncated when opened, cut.
data = bytes(range(256)) * 12_000
with open('file', 'wb') as file:
    file.write(data)
same('read', read('file'), data)
with open('file', 'ab') as file:
    file.write(b'tail')
same('appended', read('file')[-8:], data[-4:] + b'tail')
same('size', os.stat('file').st_size, len(data) + 4)
os.truncate('file', 5000)
same('cut', read('file'), data[:5000])
with open('file', 'wb') as file:
    file.write(b'new')
same('truncated when opened', read('file'), b'new')

# The umask, modes, times, owners.
same('mode', os.stat('file').st_mode & 0o7777, 0o640)
os.chmod('file', 0o600)
os.utime('file', (1000, 2000))
same('times', (os.stat('file').st_mode & 0o7777, os.stat('file').st_mtime), (0o600, 2000))
os.mkdir('made')
same('mode of a directory', os.stat('made').st_mode & 0o7777, 0o750)

# Several descriptors of one file, of every kind, at once.
with open('shared', 'wb') as file:
    file.write(bytes(8192))
reader = os.open('shared', os.O_RDONLY)
writer = os.open('shared', os.O_WRONLY)
both = os.open('shared', os.O_RDWR)
appender = os.open('shared', os.O_WRONLY | os.O_APPEND)
os.pwrite(writer, b'first', 0)
same('seen by the reader', os.pread(reader, 5, 0), b'first')
os.pwrite(both, b'second', 4096)
same('seen again', os.pread(reader, 6, 4096), b'second')
os.write(appender, b'end')
same('appended beside', os.pread(reader, 10, 8190), b'\0\0end')
for descriptor, act in (reader, lambda fd: os.write(fd, b'x')), (writer, lambda fd: os.read(fd, 1)):
    try:
        act(descriptor)
        sys.exit('a descriptor did what it was not opened for')
    except OSError as error:
        same('of the wrong kind', error.errno, errno.EBADF)
with mmap.mmap(both, 8192) as mapping:
    same('mapped', mapping[4096:4102], b'second')
    mapping[0:6] = b'mapped'
    mapping.flush()
with mmap.mmap(reader, 8192, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapping:
    same('mapped privately', mapping[0:6], b'mapped')
os.fsync(both)
fcntl.lockf(both, fcntl.LOCK_EX)
fcntl.flock(reader, fcntl.LOCK_SH)
for descriptor in reader, writer, both, appender:
    os.close(descriptor)
same('written by the mapping', read('shared')[:6], b'mapped')

# Past the cache.
try:
    direct = os.open('shared', os.O_RDWR | os.O_DIRECT)
except OSError as error:
    same('O_DIRECT', error.errno, errno.EINVAL)
else:
    page = mmap.mmap(-1, 4096)
    page[:] = b'd' * 4096
    same('written past the cache', os.pwrite(direct, page, 4096), 4096)
    same('read past the cache', os.preadv(direct, [page], 4096), 4096)
    os.close(direct)
    same('read by others', read('shared')[4096:8192], b'd' * 4096)

# A file that goes while it is open, and one that changes its name.
gone = os.open('gone', os.O_CREAT | os.O_EXCL | os.O_RDWR)
os.write(gone, b'still here')
os.unlink('gone')
same('unlinked', os.pread(gone, 10, 0), b'still here')
again = os.open(f'/proc/self/fd/{gone}', os.O_RDONLY)
same('opened without a name', os.read(again, 10), b'still here')
os.close(again)
os.close(gone)
os.rename('shared', 'made/shared')
os.link('made/shared', 'linked')
os.symlink('linked', 'symlink')
same('links', (os.stat('symlink').st_nlink, os.readlink('symlink')), (2, 'linked'))

# Many names, a program that is executed, attributes, set-id bits that a write takes off.
os.mkdir('many')
for i in range(300):
    with open(f'many/{i}', 'w') as file:
        file.write(str(i))
same('listed', sorted(os.listdir('many'), key=int), [str(i) for i in range(300)])
same('read one by one', [read(f'many/{i}') for i in range(300)], [str(i).encode() for i in range(300)])
shutil.copy('/bin/true', 'program')
os.chmod('program', 0o755)
same('executed', subprocess.run(['./program'], check=False).returncode, 0)
os.setxattr('program', 'user.name', b'value')
same('attribute', os.getxattr('program', 'user.name'), b'value')
os.chmod('program', 0o4755)
os.chown('program', 1000, 1000)
same('set-id bits after a change of owner', os.stat('program').st_mode & 0o7777, 0o755)
shutil.rmtree('many')
shutil.rmtree('made')
for name in 'file', 'linked', 'symlink', 'program':
    os.unlink(name)
same('left', os.listdir('.'), [])
print('ok')
