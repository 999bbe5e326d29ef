"""A tree of many small files, as a package manager leaves it: made by several processes, then read and compared.

usage: small-files.py make DIRECTORY PACKAGES | small-files.py check DIRECTORY PACKAGES
"""
import hashlib
import os
import sys

PROCESSES = 4
FILES_PER_PACKAGE = 20


def files(package):
    """(path, content) of one package: nested directories, sizes from 0 to 8 KiB."""
    top = "node_modules/@scope%d/package-%d" % (package % 7, package)
    for number in range(FILES_PER_PACKAGE):
        folder = ["", "/lib", "/lib/internal", "/dist/esm/deep"][number % 4]
        path = "%s%s/file-%d.js" % (top, folder, number)
        seed = hashlib.sha256(path.encode()).digest()
        yield path, (seed * 256)[: int.from_bytes(seed[:2], "little") % 8192]


def make(packages):
    for package in packages:
        for path, content in files(package):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            temporary = path + ".tmp"
            with open(temporary, "xb", buffering=0) as file:
                file.write(content)
            os.chmod(temporary, 0o644)
            os.utime(temporary, (499162500, 499162500))
            os.rename(temporary, path)


def check(packages):
    found = set()
    for folder, _, names in os.walk("node_modules"):
        found.update(os.path.join(folder, name) for name in names)
    for package in packages:
        for path, content in files(package):
            found.remove(path)
            st = os.stat(path)
            assert st.st_size == len(content) and st.st_mtime == 499162500, (path, st)
            with open(path, "rb", buffering=0) as file:
                assert file.read() == content, path
    assert not found, sorted(found)[:5]


def main():
    what, directory, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.chdir(directory)
    if what == "check":
        check(range(count))
        print(count * FILES_PER_PACKAGE)
        return
    children = []
    for part in range(PROCESSES):
        child = os.fork()
        if child == 0:
            make(range(part, count, PROCESSES))
            os._exit(0)
        children.append(child)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


main()
