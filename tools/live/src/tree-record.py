"""Prints all that a tree holds, a line of JSON per object: names, modes, owners, times, links, attributes, contents.

usage: tree-record.py DIRECTORY
"""
import hashlib
import json
import os
import stat
import sys

from posix_calls import described, text


def content(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def record(path, first_names):
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    names = sorted(os.listxattr(path, follow_symlinks=False))
    entry = {
        "path": repr(path)[2:-1],
        "stat": described(st),
        "xattrs": {name: text(os.getxattr(path, name, follow_symlinks=False)) for name in names},
    }
    if kind == stat.S_IFLNK:
        entry["target"] = repr(os.readlink(path))
    if kind == stat.S_IFREG:
        entry["content"] = content(path)
    if kind != stat.S_IFDIR:
        # Hard links are recognised by the first of their names: inode numbers differ between trees.
        entry["same as"] = first_names.setdefault(st.st_ino, entry["path"])
    return entry


def walk(path, first_names):
    print(json.dumps(record(path, first_names), sort_keys=True))
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for name in sorted(os.listdir(path)):
            walk(os.path.join(path, name), first_names)


os.chdir(os.fsencode(sys.argv[1]))
walk(b".", {})
