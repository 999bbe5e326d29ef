"""Cached readers and mappings of one file beside descriptors that write to it direct.

    beside-direct.py MOUNT PROCESSES ROUNDS

The caller's uid chooses how policy would have a file opened: 10002 cached, any other direct. Each process has pages of its
own, which it writes direct and then reads by a cached descriptor and by a mapping of it. Meanwhile it reads everybody
else's, after having had the kernel drop them, so that READs are on their way for pages that are to be dropped. Prints how
many rounds there were; what was old is an error.
"""
import json
import mmap
import os
import random
import sys

MOUNT, PROCESSES, ROUNDS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PAGE = 4096
OWN = 8
PATH = os.path.join(MOUNT, 'beside-direct')
BYTES = PROCESSES * OWN * PAGE


def open_cached():
    os.seteuid(10002)
    try:
        return os.open(PATH, os.O_RDONLY)
    finally:
        os.seteuid(0)


def work(number):
    chance = random.Random(number)
    direct = os.open(PATH, os.O_RDWR)
    cached = open_cached()
    view = mmap.mmap(cached, BYTES, prot=mmap.PROT_READ)
    for round_number in range(1, ROUNDS + 1):
        at = (number * OWN + chance.randrange(OWN)) * PAGE
        content = (round_number * PROCESSES + number).to_bytes(8, 'little') * (PAGE // 8)
        os.pwrite(direct, content, at)
        if os.pread(cached, PAGE, at) != content:
            sys.exit(f'round {round_number}: a cached descriptor reads what was there before')
        if view[at:at + PAGE] != content:
            sys.exit(f'round {round_number}: a mapping shows what was there before')
        if chance.randrange(4) == 0:
            os.posix_fadvise(cached, 0, 0, os.POSIX_FADV_DONTNEED)
        os.pread(cached, BYTES, 0)
    os._exit(0)


os.umask(0)
os.chmod(MOUNT, 0o777)
with open(PATH, 'wb') as file:
    os.fchmod(file.fileno(), 0o666)
    file.write(bytes(BYTES))
children = []
for each in range(PROCESSES):
    child = os.fork()
    if child == 0:
        work(each)
    children.append(child)
failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
if failed:
    sys.exit(f'{len(failed)} of {PROCESSES} processes saw old bytes')
print(json.dumps({'rounds': PROCESSES * ROUNDS}))
