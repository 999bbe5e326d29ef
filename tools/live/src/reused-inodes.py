"""Makes a file, reads it through the mount, removes it and makes another one, over and over: the lower file system gives the
new file the old one's inode number, and the mount must never show the old file's data for the new one.

    reused-inodes.py LOWER MOUNT ROUNDS

LOWER and MOUNT are the same directory. Prints how often a number was used again at once.
"""
import os
import sys
import time

lower, mount, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
reused = 0
last = 0


def make(top, name, text):
    path = os.path.join(top, name)
    with open(path, "w") as file:
        file.write(text)
    return os.stat(os.path.join(lower, name)).st_ino


def read(name, text):
    path = os.path.join(mount, name)
    with open(path) as file:
        found = file.read()
        size = os.fstat(file.fileno()).st_size
    if (found, size) != (text, len(text)) or os.stat(path).st_size != len(text):
        raise AssertionError(f"round {number}: {found!r} of {size} bytes instead of {text!r}")


def at_rest(batch):
    """The same with files that have lain there for longer than a tick of the clock before anybody looks."""
    global reused
    before = set()
    for turn in range(6):
        numbers = {make(lower, f"rested-{i}", f"{turn}-{i:04}") for i in range(batch)}
        reused += len(numbers & before)
        before = numbers
        time.sleep(0.08)
        for i in range(batch):
            read(f"rested-{i}", f"{turn}-{i:04}")
        for i in range(batch):
            os.unlink(os.path.join(lower if turn % 2 == 0 else mount, f"rested-{i}"))


number = -1
at_rest(rounds // 5)
for number in range(rounds):
    # The same name and length, so that nothing but the file itself tells the two apart.
    text = f"{number:08}"
    maker = lower if number % 2 == 0 else mount
    remover = lower if number // 2 % 2 == 0 else mount
    ino = make(maker, "file", text)
    reused += ino == last
    last = ino
    read("file", text)
    os.unlink(os.path.join(remover, "file"))

    ino = make(maker, f"other-{number}", text + text)
    reused += ino == last
    read(f"other-{number}", text + text)
    os.unlink(os.path.join(remover, f"other-{number}"))

    os.mkdir(os.path.join(remover, "directory"))
    ino = make(maker, "directory/file", text)
    read("directory/file", text)
    os.unlink(os.path.join(maker, "directory/file"))
    os.rmdir(os.path.join(remover, "directory"))
    if os.listdir(mount) != []:
        raise AssertionError(f"round {number}: {os.listdir(mount)} is left")
    last = ino
print(reused)
