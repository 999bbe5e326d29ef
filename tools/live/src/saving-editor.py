"""An editor saves a file over and over (temporary file, fsync, backup by link, rename over) while processes read it.

usage: saving-editor.py FILE SAVES
"""
import os
import sys

LINES = 2000
READERS = 3


def text(version):
    return b"".join(b"version %06d line %06d\n" % (version, line) for line in range(LINES))


def save(path, version):
    temporary = path + ".new"
    with open(temporary, "wb") as file:
        file.write(text(version))
        file.flush()
        os.fsync(file.fileno())
    if os.path.exists(path + "~"):
        os.unlink(path + "~")
    os.link(path, path + "~")
    os.rename(temporary, path)
    directory = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def read(path, last):
    seen = 0
    while seen < last:
        with open(path, "rb") as file:
            content = file.read()
        version = int(content[8:14])
        assert content == text(version), "a mixture at version %d" % version
        assert version >= seen, "version %d after %d" % (version, seen)
        seen = version


def main():
    path, saves = sys.argv[1], int(sys.argv[2])
    with open(path, "wb") as file:
        file.write(text(0))
    held = open(path, "rb")
    children = []
    for _ in range(READERS):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                read(path, saves)
                code = 0
            except BaseException as error:
                print("a reader:", error, file=sys.stderr, flush=True)
            os._exit(code)
        children.append(child)
    for version in range(1, saves + 1):
        save(path, version)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    print("held old text" if held.read() == text(0) else "the held file changed")
    print("readers saw whole texts only" if failed == 0 else "%d readers failed" % failed)


main()
