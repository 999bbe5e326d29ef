"""Processes create, rename, link, read and remove files and directories of the same few names, as fast as they can.

Only such errors are expected as a race explains: a name that is gone, or there already, or a directory that is not
empty. Whoever reads a file must find one writer's text in it, whole or cut short, never two writers'.

ESTALE at open is counted apart: a file that goes between lookup and open makes the kernel look up once more, and one
that goes again at that very moment leaves it nothing to try.

usage: racing-processes.py DIRECTORY SECONDS SEED
"""
import collections
import errno
import json
import os
import random
import sys
import time

WRITERS, READERS = 12, 4
EXPECTED = {"ENOENT", "EEXIST", "ENOTEMPTY"}
LINE = 16


class Racer:
    def __init__(self, number, seed):
        self.number = number
        self.choice = random.Random(seed * 1000 + number)
        self.token = b"%015d\n" % number

    def folder(self):
        return "top-%d" % self.choice.randrange(3) + ("/in-%d" % self.choice.randrange(4) if self.choice.random() < 0.7 else "")

    def file(self):
        return "%s/file-%d" % (self.folder(), self.choice.randrange(6))

    def inner(self):
        return "top-%d/in-%d" % (self.choice.randrange(3), self.choice.randrange(4))

    def create(self):
        fd = os.open(self.file(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(fd, self.token * self.choice.randrange(1, 600))
        os.close(fd)

    def replace(self):
        name = "%s/new-%d" % (self.folder(), self.number)
        fd = os.open(name, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o644)
        os.write(fd, self.token * 100)
        os.fsync(fd) if self.choice.random() < 0.02 else None
        os.close(fd)
        os.rename(name, self.file())

    def rename(self):
        os.rename(self.file(), self.file())

    def link(self):
        os.link(self.file(), self.file())

    def unlink(self):
        os.unlink(self.file())

    def make_folder(self):
        os.mkdir(self.inner())

    def remove_folder(self):
        os.rmdir(self.inner())

    def move_folder(self):
        os.rename(self.inner(), self.inner())

    def change(self):
        name = self.file()
        os.chmod(name, self.choice.choice([0o644, 0o600]))
        os.utime(name, (1, 1))

    def read(self):
        with open(self.file(), "rb") as file:
            content = file.read()
        if content != content[:LINE] * (len(content) // LINE) + content[: len(content) % LINE]:
            raise AssertionError("two writers in one file: %r" % sorted(set(content.split()))[:4])

    def walk(self):
        for folder, folders, files in os.walk(".", onerror=self.note):
            for name in files:
                try:
                    os.lstat(os.path.join(folder, name))
                except OSError as error:
                    self.note(error)

    def note(self, error):
        if errno.errorcode[error.errno] not in EXPECTED:
            raise error

    def run(self, seconds):
        writing = [self.create, self.create, self.replace, self.rename, self.link, self.unlink, self.make_folder,
                   self.make_folder, self.remove_folder, self.move_folder, self.change, self.read]
        calls = writing if self.number < WRITERS else [self.read, self.read, self.read, self.walk]
        seen = collections.Counter()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            call = self.choice.choice(calls)
            try:
                call()
                seen["done"] += 1
            except OSError as error:
                seen["%s %s" % (call.__name__, errno.errorcode[error.errno])] += 1
            except AssertionError as error:
                seen["%s %s" % (call.__name__, error)] += 1
        return seen


def main():
    directory, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    os.chdir(directory)
    for number in range(3):
        os.mkdir("top-%d" % number)
    children = []
    for number in range(WRITERS + READERS):
        result, answer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(answer, json.dumps(Racer(number, seed).run(seconds)).encode())
            finally:
                os._exit(0)
        os.close(answer)
        children.append((child, result))
    total = collections.Counter()
    for child, result in children:
        with os.fdopen(result) as file:
            total.update(json.loads(file.read() or '{"a process died": 1}'))
        os.waitpid(child, 0)
    stale = total.pop("read ESTALE", 0)
    unexpected = {what: times for what, times in total.items() if what != "done" and what.split()[-1] not in EXPECTED}
    print(json.dumps({"done": total["done"], "stale": stale, "unexpected": unexpected}))


main()
