"""A file's round trip through a mount, checked against the lower directory at each step.

    round-trip.py MOUNT LOWER MIB

Written, copied and appended by blocks of 1 MiB, since small ones under emulation would measure nothing but patience.
Exits with what went wrong.
"""

import itertools
import os
import sys

MOUNT, LOWER, MIB = sys.argv[1], sys.argv[2], int(sys.argv[3])
BLOCK = 1 << 20


def blocks(path):
    """Whole ones but the last: a read may give less than it was asked for."""
    with open(path, 'rb') as file:
        while block := file.read(BLOCK):
            yield block


def same(one, other):
    """Without holding either: a machine's memory has to hold the lower files and what the kernel caches of them."""
    return all(first == second for first, second in itertools.zip_longest(blocks(one), blocks(other)))


def expect(holds, what):
    if not holds:
        sys.exit(what)


def at(directory, name):
    return os.path.join(directory, name)


def write_whole(path, parts, flags):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o644)
    for part in parts:
        while part:
            part = part[os.write(fd, part):]
    os.close(fd)


seed = os.urandom(BLOCK)
write_whole(at(MOUNT, 'big'), (number.to_bytes(8, 'little') + seed[8:] for number in range(MIB)), os.O_TRUNC)
expect(os.stat(at(LOWER, 'big')).st_size == MIB * BLOCK, 'the lower file has another size')
expect(same(at(MOUNT, 'big'), at(LOWER, 'big')), 'what was written is not what lies beneath')
for number, block in enumerate(blocks(at(LOWER, 'big'))):
    expect(block == number.to_bytes(8, 'little') + seed[8:], f'block {number} is another one')
write_whole(at(MOUNT, 'copy'), blocks(at(MOUNT, 'big')), os.O_TRUNC)
expect(same(at(LOWER, 'copy'), at(LOWER, 'big')), 'the copy is different')
os.unlink(at(MOUNT, 'copy'))
write_whole(at(MOUNT, 'big'), [b'tail'], os.O_APPEND)
expect(os.stat(at(MOUNT, 'big')).st_size == MIB * BLOCK + 4, 'the appended file shows another size')
with open(at(MOUNT, 'big'), 'rb', buffering=0) as file:
    file.seek(-6, os.SEEK_END)
    expect(file.read(16) == seed[-2:] + b'tail', 'what was appended is not read')
expect(same(at(MOUNT, 'big'), at(LOWER, 'big')), 'what was appended is not what lies beneath')
os.unlink(at(MOUNT, 'big'))
