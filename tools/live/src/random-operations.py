"""Performs a seeded random sequence of file system calls in a directory and prints each result as a line of JSON.

Run with the same seed on a mount and on a bare directory of the same file system, both print the same. What is chosen
next depends on the seed and on earlier results only, so the first line that differs names the first wrong answer.

usage: random-operations.py DIRECTORY SEED COUNT
"""
import inspect
import json
import os
import random
import sys

from posix_calls import become
from random_file_calls import FileCalls
from random_name_calls import NameCalls


class Calls(FileCalls, NameCalls):
    """All calls to draw from: the methods whose names do not begin with an underscore."""


def prepare(directory):
    """
    The directories that identities meet in: open to all, sticky, set-gid, and one of each user. The tree becomes the
    root directory, so that no ".." and no symlink leads out of it.
    """
    os.umask(0)
    os.chdir(directory)
    os.chroot(".")
    for name, mode, uid, gid in [
        ("open", 0o777, 0, 0),
        ("sticky", 0o1777, 0, 0),
        ("shared", 0o2775, 0, 20001),
        ("first", 0o755, 10001, 10001),
        ("second", 0o2750, 10002, 20002),
    ]:
        os.mkdir(name)
        os.chown(name, uid, gid)
        os.chmod(name, mode)


def main():
    directory, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    choice = random.Random(seed)
    prepare(directory)
    calls = Calls(choice)
    operations = [
        (name, method) for name, method in inspect.getmembers(calls, inspect.ismethod) if not name.startswith("_")
    ]
    weights = [calls._weights.get(name, 2) for name, _ in operations]
    who = 0
    for number in range(count):
        if choice.random() < 0.1:
            who = choice.choice([0, 0, 1, 2])
            become(who)
        if choice.random() < 0.02:
            os.umask(choice.choice([0, 0o022, 0o027, 0o077, 0o002]))
        name, method = choice.choices(operations, weights)[0]
        arguments, result = method()
        print(json.dumps({"n": number, "who": who, "call": name, "with": arguments, "gives": result}))
    become(0)
    calls._close_all()


main()
