"""Callers that read, write and ask while the policy changes: what each gets must be one that some version allows.

    policy-flips.py MOUNT SECONDS

16 processes, half of them of uid 10001, which no version keeps from anything, half of 10002. The versions come in turn; each
decision names a rule `v<version>-...`, and the version must be that of the epoch it names. Prints what went wrong, one line
each, and at the end how much was done.
"""
import errno
import json
import os
import sys
import time

MOUNT, SECONDS = sys.argv[1], float(sys.argv[2])
VERSIONS = 4
PLACE = b'GPSSECRET'
PHOTO = open(os.path.join(MOUNT, 'Photos', 'a.jpg'), 'rb').read()
TEXT = b'0123456789abcdef' * 4096


def at(*names):
    return os.path.join(MOUNT, *names)


def read(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        whole = b''
        while piece := os.read(fd, 1 << 16):
            whole += piece
        return whole
    finally:
        os.close(fd)


def decision(path, problems):
    told = dict(field.split('=') for field in os.getxattr(path, 'user.sluice.decision').decode().split('; '))
    epoch = int(told['policy-epoch'])
    if epoch > 1 and told['rule'][:2] != f'v{(epoch - 2) % VERSIONS}':
        problems.append(f'torn: {told}')


def work(number, uid, problems, done):
    own = at('Work', f'file-{number}')
    mine = os.urandom(4096) * 16
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for act in (
            lambda: check(read(at('Text', 'file')) == TEXT, 'text', problems),
            lambda: photo(uid, problems),
            lambda: write_and_read(own, mine, problems),
            lambda: decision(at('Photos', 'a.jpg'), problems),
            lambda: decision(at('Text', 'file'), problems),
            lambda: check(len(os.listdir(MOUNT)) >= 2, 'list', problems),
        ):
            try:
                act()
            except OSError as error:
                # One version hides the photos from the one, and keeps it from writing. The kernel tries an open again that is
                # ESTALE, once: of a caller whose view changes, two changes within one open(2) are seen.
                allowed = uid == 10002 and error.errno in (errno.ENOENT, errno.EACCES, errno.ESTALE)
                if not allowed:
                    problems.append(f'uid {uid}: {error}')
            done[0] += 1
        if len(problems) > 20:
            break


def check(holds, what, problems):
    if not holds:
        problems.append(f'wrong bytes: {what}')


def photo(uid, problems):
    seen = read(at('Photos', 'a.jpg'))
    redacted = len(seen) == len(PHOTO) and PLACE not in seen and all(byte in (0, PHOTO[i]) for i, byte in enumerate(seen))
    check(seen == PHOTO or (uid == 10002 and redacted), f'photo for {uid}: {seen.hex()}', problems)


def write_and_read(path, data, problems):
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        os.write(fd, data)
        check(os.pread(fd, len(data), 0) == data, 'own file, as written', problems)
    finally:
        os.close(fd)
    check(read(path) == data, 'own file, opened again', problems)


children = []
for number in range(16):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        uid = 10001 + number % 2
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        problems, done = [], [0]
        work(number, uid, problems, done)
        os.write(writing, json.dumps([problems[:5], done[0]]).encode())
        os._exit(0)
    os.close(writing)
    children.append((child, reading))

total = 0
for child, reading in children:
    text = b''
    while piece := os.read(reading, 65536):
        text += piece
    os.close(reading)
    os.waitpid(child, 0)
    problems, done = json.loads(text) if text else (['died'], 0)
    total += done
    for problem in problems:
        print(problem)
print(json.dumps({'done': total}))
