"""Sequences of opens, closes and unlinks of one file in every mode, with what each descriptor reads checked after each step.

    open-sequences.py MOUNT STEPS COUNT SEED

The caller's uid chooses how policy would have a file opened: 10001 passthrough, 10002 cached, any other direct. COUNT 0: all
sequences of STEPS steps, which shorter ones are the beginnings of; otherwise so many of them at random. After each step the
newest writable descriptor of each file writes, and every descriptor must read what was written last to its file. Prints each
sequence that went wrong, and at the end how many there were.
"""
import itertools
import json
import os
import random
import sys

MOUNT, STEPS, COUNT, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
WROTE = 512
OPENS = {
    'passthrough': (10001, os.O_RDWR),
    'passthrough-to-read': (10001, os.O_RDONLY),
    'cached': (10002, os.O_RDWR),
    'direct': (0, os.O_RDWR),
}
OTHERS = ('close-oldest', 'unlink')
PATH = os.path.join(MOUNT, 'sequence')


class File:
    """What one lower file must hold; a name that was unlinked comes again as another one."""

    def __init__(self):
        self.content = bytes(WROTE)


class Run:
    def __init__(self):
        self.named = None
        self.open = []  # (descriptor, file, writable), the oldest first
        self.written = 0

    def step(self, name):
        if name == 'close-oldest':
            if self.open:
                os.close(self.open.pop(0)[0])
        elif name == 'unlink':
            if self.named is not None:
                os.unlink(PATH)
                self.named = None
        else:
            uid, flags = OPENS[name]
            if self.named is None:
                # Made beforehand, by a descriptor that is gone: a creation is an open of its own.
                fd = os.open(PATH, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
                os.write(fd, bytes(WROTE))
                os.close(fd)
                self.named = File()
            os.seteuid(uid)
            try:
                fd = os.open(PATH, flags)
            finally:
                os.seteuid(0)
            self.open.append((fd, self.named, flags == os.O_RDWR))
        self.write()
        self.check()

    def write(self):
        done = set()
        for fd, file, writable in reversed(self.open):
            if writable and id(file) not in done:
                done.add(id(file))
                self.written += 1
                file.content = self.written.to_bytes(8, 'little') * (WROTE // 8)
                os.pwrite(fd, file.content, 0)

    def check(self):
        for number, (fd, file, _) in enumerate(self.open):
            seen = os.pread(fd, WROTE * 2, 0)
            if seen != file.content:
                raise ValueError(f'descriptor {number} reads {seen[:8].hex()}, not {file.content[:8].hex()}')

    def end(self):
        for fd, _, _ in self.open:
            os.close(fd)
        if self.named is not None:
            os.unlink(PATH)


def sequences():
    names = [*OPENS, *OTHERS]
    if COUNT == 0:
        for first in OPENS:
            for rest in itertools.product(names, repeat=STEPS - 1):
                yield (first, *rest)
        return
    chance = random.Random(SEED)
    for _ in range(COUNT):
        yield (chance.choice(list(OPENS)), *chance.choices(names, k=STEPS - 1))


os.umask(0)
os.chmod(MOUNT, 0o777)
count = wrong = 0
for sequence in sequences():
    run = Run()
    done = []
    try:
        for name in sequence:
            done.append(name)
            run.step(name)
    except (OSError, ValueError) as error:
        print(f'{", ".join(done)}: {error}')
        wrong += 1
    run.end()
    count += 1
    if wrong > 10:
        break
print(json.dumps({'sequences': count}))
