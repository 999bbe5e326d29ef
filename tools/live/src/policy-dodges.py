"""Ways around a policy's hide, deny and redact, each tried by a caller it is meant for.

    policy-dodges.py MOUNT

The policy hides `Secret` (and other names that come to the same) from everybody but uid 10001, denies `Locked` to 10002, keeps
`ReadOnly` from being written by 10002, and redacts photos for it. Prints one JSON object: what each attempt came to, an errno's
name or a text.
"""
import ctypes
import errno
import json
import mmap
import os
import socket
import sys
import time

MOUNT = sys.argv[1]
ENTITLED, BARRED = 10001, 10002
RENAME_EXCHANGE = 2
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)


def outcome(act):
    """The result of `act` as text, or the name of the errno it failed with."""
    try:
        result = act()
        return 'ok' if result is None else result
    except OSError as error:
        return errno.errorcode[error.errno]


def as_caller(uid, act, keep=()):
    """Runs `act` in a process of the caller: its outcome."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        os.umask(0)
        os.write(writing, json.dumps(outcome(act)).encode())
        os._exit(0)
    os.close(writing)
    text = b''
    while piece := os.read(reading, 65536):
        text += piece
    os.close(reading)
    os.waitpid(child, 0)
    return json.loads(text)


def at(*names):
    return os.path.join(MOUNT, *names)


def read(path):
    with open(path, 'rb') as file:
        return file.read().decode('latin1')


def write(path, text='by the caller'):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def create(path):
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o666))


def exchange(one, other):
    if libc.renameat2(AT_FDCWD, one.encode(), AT_FDCWD, other.encode(), RENAME_EXCHANGE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def barred(act):
    return as_caller(BARRED, act)


def entitled(act):
    return as_caller(ENTITLED, act)


results = {}

# --- the plain ways
results['entitled reads'] = entitled(lambda: read(at('Secret', 'note.txt')))
results['barred stats'] = barred(lambda: str(os.stat(at('Secret')).st_mode))
results['barred reads'] = barred(lambda: read(at('Secret', 'note.txt')))
results['barred lists the parent'] = barred(lambda: sorted(os.listdir(MOUNT)))
results['entitled lists the parent'] = entitled(lambda: sorted(os.listdir(MOUNT)))
results['barred lists it'] = barred(lambda: os.listdir(at('Secret')))
results['barred scans with types'] = barred(lambda: sorted(e.name for e in os.scandir(MOUNT) if e.is_dir(follow_symlinks=False)))

# --- other spellings that come to the same name, made on the lower tree: stat, open, list, make
SPELLINGS = ['SECRET', 'secret', 'Secret.', 'Secret ', 'Secret. .', 'Se\u200bcret', 'Se\u00adcret', '\ufeffSecret', 'Secre\u034ft']
for spelling in SPELLINGS:
    results[f'barred stats {ascii(spelling)}'] = barred(lambda: str(os.stat(at(spelling)).st_mode))
    results[f'barred reads in {ascii(spelling)}'] = barred(lambda: read(at(spelling, 'note.txt')))
results['barred makes another spelling'] = barred(lambda: os.mkdir(at('sEcReT')))
results['barred makes the hidden name'] = barred(lambda: os.mkdir(at('Secret')))
results['barred creates the hidden name'] = barred(lambda: create(at('Secret', 'new')))
results['barred links onto a hidden name'] = barred(lambda: os.link(at('Open', 'mine.txt'), at('SECRET.')))
results['barred makes a symlink there'] = barred(lambda: os.symlink('x', at('secreT')))

# --- dots and symbolic links
results['barred by dots'] = barred(lambda: read(at('Open', '..', 'Secret', 'note.txt')))
results['barred by dots within'] = barred(lambda: read(at('Secret', '..', 'Open', 'mine.txt')))
results['barred by a symlink'] = barred(lambda: read(at('Open', 'way-in', 'note.txt')))

# --- hard links and renames through the mount
results['barred links it away'] = barred(lambda: os.link(at('Secret', 'note.txt'), at('Open', 'linked')))
results['barred renames the directory'] = barred(lambda: os.rename(at('Secret'), at('Open', 'moved')))
results['barred renames what leads to it'] = barred(lambda: os.rename(at('Outer'), at('Elsewhere')))
results['what leads to it is still there'] = entitled(lambda: read(at('Outer', 'Inner', 'file')))
results['barred exchanges what leads to it'] = barred(lambda: exchange(at('Outer'), at('Open')))
results['entitled links it out'] = entitled(lambda: os.link(at('Secret', 'note.txt'), at('Open', 'published')))
results['barred reads the link, both names known'] = barred(lambda: read(at('Open', 'published')))
results['entitled reads the link'] = entitled(lambda: read(at('Open', 'published')))
results['barred lists beside the link'] = barred(lambda: str('published' in os.listdir(at('Open'))))
results['barred removes it'] = barred(lambda: os.unlink(at('Secret', 'note.txt')))
results['barred renames over it'] = barred(lambda: os.rename(at('Open', 'mine.txt'), at('Secret', 'note.txt')))
results['still there'] = entitled(lambda: read(at('Secret', 'note.txt')))

# --- names cached for the other caller
def again_and_again():
    leaks = 0
    for _ in range(200):
        entitled_fd = None
        try:
            os.stat(at('Shared', 'hidden.txt'))
            leaks += 1
        except OSError as error:
            assert error.errno == errno.ENOENT, error
    return str(leaks)


stop_reading, stop_writing = os.pipe()
hammer = os.fork()
if hammer == 0:
    os.close(stop_writing)
    os.setresgid(ENTITLED, ENTITLED, ENTITLED)
    os.setresuid(ENTITLED, ENTITLED, ENTITLED)
    os.set_blocking(stop_reading, False)
    while True:
        read(at('Shared', 'hidden.txt'))
        os.stat(at('Shared', 'hidden.txt'))
        try:
            if os.read(stop_reading, 1) == b'':
                os._exit(0)
        except BlockingIOError:
            pass
os.close(stop_reading)
results['barred stats what another keeps in the cache: leaks'] = barred(again_and_again)


def opens_again():
    leaks = 0
    for _ in range(200):
        try:
            read(at('Shared', 'hidden.txt'))
            leaks += 1
        except OSError as error:
            assert error.errno in (errno.ENOENT, errno.ESTALE), error
    return str(leaks)


results['barred opens what another keeps in the cache: leaks'] = barred(opens_again)
os.close(stop_writing)
_, status = os.waitpid(hammer, 0)
results['the other was never disturbed'] = str(status == 0)

# --- descriptors handed over
def handed_over(path, flags, use):
    """The entitled caller opens `path` and hands the descriptor to the barred one, who does `use` with it."""
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        os.setresgid(ENTITLED, ENTITLED, ENTITLED)
        os.setresuid(ENTITLED, ENTITLED, ENTITLED)
        fd = os.open(path, flags)
        socket.send_fds(there, [b'x'], [fd])
        there.recv(1)
        os._exit(0)
    _, fds, _, _ = socket.recv_fds(here, 1, 1)
    result = as_caller(BARRED, lambda: use(fds[0]))
    os.close(fds[0])
    here.send(b'x')
    os.waitpid(child, 0)
    return result


results['barred reads a descriptor it was given'] = handed_over(
    at('Secret', 'note.txt'), os.O_RDONLY, lambda fd: os.pread(fd, 100, 0).decode())
results['barred opens a descriptor again'] = handed_over(
    at('Secret', 'note.txt'), os.O_RDONLY, lambda fd: read(f'/proc/self/fd/{fd}'))
results['barred opens an O_PATH descriptor'] = handed_over(
    at('Secret', 'note.txt'), os.O_PATH, lambda fd: read(f'/proc/self/fd/{fd}'))
results['barred goes in by a directory descriptor'] = handed_over(
    at('Secret'), os.O_PATH | os.O_DIRECTORY, lambda fd: os.close(os.open('note.txt', os.O_RDONLY, dir_fd=fd)))
results['barred lists by a directory descriptor'] = handed_over(
    at('Secret'), os.O_RDONLY | os.O_DIRECTORY, lambda fd: sorted(os.listdir(fd)))
results['barred lists an O_PATH directory'] = handed_over(
    at('Secret'), os.O_PATH | os.O_DIRECTORY, lambda fd: sorted(os.listdir(f'/proc/self/fd/{fd}')))

# --- deny
results['denied: stat'] = barred(lambda: 'shown' if os.stat(at('Locked', 'file')) else '')
results['denied: listed'] = barred(lambda: str('Locked' in os.listdir(MOUNT)))
results['denied: read'] = barred(lambda: read(at('Locked', 'file')))
results['denied: write'] = barred(lambda: write(at('Locked', 'file')))
results['denied: list'] = barred(lambda: os.listdir(at('Locked')))
results['denied: create'] = barred(lambda: create(at('Locked', 'new')))
results['denied: unlink'] = barred(lambda: os.unlink(at('Locked', 'file')))
results['denied: chmod'] = barred(lambda: os.chmod(at('Locked', 'file'), 0o600))
results['denied: truncate'] = barred(lambda: os.truncate(at('Locked', 'file'), 0))
results['denied: rename out'] = barred(lambda: os.rename(at('Locked', 'file'), at('Open', 'stolen')))
results['denied: link out'] = barred(lambda: os.link(at('Locked', 'file'), at('Open', 'stolen')))
results['denied: rename the directory'] = barred(lambda: os.rename(at('Locked'), at('Unlocked')))
results['denied: another spelling'] = barred(lambda: read(at('LOCKED', 'file')))
results['denied: nothing happened'] = entitled(lambda: read(at('Locked', 'file')))
results['denied: a descriptor again'] = handed_over(
    at('Locked', 'file'), os.O_RDONLY, lambda fd: read(f'/proc/self/fd/{fd}'))

# --- deny for writing alone
results['read-only: read'] = barred(lambda: read(at('ReadOnly', 'file')))
results['read-only: write'] = barred(lambda: write(at('ReadOnly', 'file')))
results['read-only: create'] = barred(lambda: create(at('ReadOnly', 'new')))
results['read-only: mkdir'] = barred(lambda: os.mkdir(at('ReadOnly', 'new')))
results['read-only: unlink'] = barred(lambda: os.unlink(at('ReadOnly', 'file')))
results['read-only: rename out'] = barred(lambda: os.rename(at('ReadOnly', 'file'), at('Open', 'written')))
results['read-only: link out, to write there'] = barred(lambda: os.link(at('ReadOnly', 'file'), at('Open', 'written')))
results['read-only: setxattr'] = barred(lambda: os.setxattr(at('ReadOnly', 'file'), 'user.x', b'1'))

# --- redact
GPS = 'GPSSECRET'


def shows_place(path):
    return 'place' if GPS in read(path) else 'no place'


results['redacted: entitled'] = entitled(lambda: shows_place(at('Photos', 'a.jpg')))
results['redacted: barred'] = barred(lambda: shows_place(at('Photos', 'a.jpg')))
results['redacted: entitled again'] = entitled(lambda: shows_place(at('Photos', 'a.jpg')))
results['redacted: sizes are equal'] = str(
    entitled(lambda: os.stat(at('Photos', 'a.jpg')).st_size) == barred(lambda: os.stat(at('Photos', 'a.jpg')).st_size))
results['redacted: inode numbers are equal'] = str(
    entitled(lambda: os.stat(at('Photos', 'a.jpg')).st_ino) == barred(lambda: os.stat(at('Photos', 'a.jpg')).st_ino))
results['redacted: write'] = barred(lambda: write(at('Photos', 'a.jpg')))
results['redacted: renamed to another extension'] = barred(lambda: os.rename(at('Photos', 'a.jpg'), at('Photos', 'a.txt')))
results['redacted: linked to another extension'] = barred(lambda: os.link(at('Photos', 'a.jpg'), at('Photos', 'b.txt')))
results['redacted: by a descriptor again'] = handed_over(
    at('Photos', 'a.jpg'), os.O_RDONLY, lambda fd: shows_place(f'/proc/self/fd/{fd}'))
results['redacted: another spelling'] = barred(lambda: shows_place(at('Photos', 'B.JPG')))


def mapped(path):
    fd = os.open(path, os.O_RDONLY)
    with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as mapping:
        return 'place' if GPS.encode() in mapping[:] else 'no place'


results['redacted: mapped by the barred'] = barred(lambda: mapped(at('Photos', 'a.jpg')))
results['redacted: mapped by the entitled'] = entitled(lambda: mapped(at('Photos', 'a.jpg')))


def copied(path):
    fd = os.open(path, os.O_RDONLY)
    to = os.open(at('Open', 'copy'), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
    while os.copy_file_range(fd, to, 1 << 20):
        pass
    os.close(to)
    return shows_place(at('Open', 'copy'))


results['redacted: copied in the kernel'] = barred(lambda: copied(at('Photos', 'a.jpg')))


def mixed():
    """Both callers read at once, again and again: what each gets is always its own."""
    wrong = 0
    children = []
    for uid, expected in ((ENTITLED, 'place'), (BARRED, 'no place')) * 4:
        child = os.fork()
        if child == 0:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            bad = sum(shows_place(at('Photos', 'a.jpg')) != expected for _ in range(300))
            os._exit(min(bad, 255))
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        wrong += os.waitstatus_to_exitcode(status)
    return str(wrong)


results['redacted: wrong views in 2,400 mixed reads'] = mixed()



def written_anew():
    """The photo is written again and again with the place elsewhere in it, and read at once: how often the place shows."""
    plain = entitled(lambda: read(at('Photos', 'a.jpg'))).encode('latin1')
    # Somebody keeps the redacted view open, so that what is known of it is not forgotten.
    waiting, going = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(going)
        os.setresgid(BARRED, BARRED, BARRED)
        os.setresuid(BARRED, BARRED, BARRED)
        os.open(at('Photos', 'a.jpg'), os.O_RDONLY)
        os.read(waiting, 1)
        os._exit(0)
    os.close(waiting)
    leaks = 0
    for turn in range(60):
        padding = b'x' * (turn % 3 * 1000)
        comment = b'\xff\xfe' + (len(padding) + 2).to_bytes(2, 'big') + padding
        photo = plain[:2] + (comment if padding else b'') + plain[2:]

        def rewrite():
            fd = os.open(at('Photos', 'a.jpg'), os.O_WRONLY | os.O_TRUNC)
            os.write(fd, photo)
            os.close(fd)

        assert entitled(rewrite) == 'ok'
        if turn % 4 == 0:
            time.sleep(0.1)  # what was found out about a file that rests is kept
        leaks += barred(lambda: shows_place(at('Photos', 'a.jpg'))) != 'no place'
    os.close(going)
    os.waitpid(keeper, 0)
    return str(leaks)


results['redacted: places shown by a photo that is written anew'] = written_anew()

# --- the decision, told to whoever asks
results['told to the entitled'] = entitled(lambda: os.getxattr(at('Photos', 'a.jpg'), 'user.sluice.decision').decode())
results['told to the barred'] = barred(lambda: os.getxattr(at('Photos', 'a.jpg'), 'user.sluice.decision').decode())
results['not listed'] = str(os.listxattr(at('Photos', 'a.jpg')))
results['cannot be set'] = outcome(lambda: os.setxattr(at('Photos', 'a.jpg'), 'user.sluice.decision', b'x'))

print(json.dumps(results))
