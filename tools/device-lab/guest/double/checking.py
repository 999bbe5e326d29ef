"""Checks: registered by a sentence, run in order, each told apart from the others' failures."""

import os
import shutil
import tempfile
import time
import traceback

from mounted import Mounted

CHECKS = []


def check(sentence, only=None, unless=None):
    """`only`, `unless`: a dialect's name up to the dash, or an attribute of it that decides whether it is checked."""
    def take(body):
        CHECKS.append((sentence, body, only, unless))
        return body
    return take


def expect(seen, wanted):
    if seen != wanted:
        raise AssertionError(f'expected {wanted!r}, saw {seen!r}')


def holds(dialect, condition):
    return dialect.name.partition('-')[0] == condition or getattr(dialect, condition, False) is True


class Context:
    """What a check is handed: a mount that all share, and mounts and directories of its own."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.home = tempfile.mkdtemp(prefix='double-', dir='/var/tmp')
        self.own = []
        self.mounted = Mounted(self.directory('shared'), dialect)
        self.mounted.make('file', b'content')

    def directory(self, name):
        path = os.path.join(self.home, name)
        os.makedirs(path, exist_ok=True)
        return path

    def another(self, lower=None, **options):
        home = self.directory(f'own-{len(os.listdir(self.home))}')
        if lower:
            os.symlink(lower, os.path.join(home, 'lower'))
        self.own.append(Mounted(home, self.dialect, **options))
        return self.own[-1]

    def end(self, mounted):
        self.own.remove(mounted)
        mounted.end()

    def end_own(self):
        while self.own:
            self.end(self.own[-1])

    def expect_too_deep(self, path_or_fd, mounted):
        """The ioctl refuses it, or takes it and an OPEN of `file` with the id is served by the daemon."""
        if self.dialect.by_request:
            expect(mounted.register_in_flight(path_or_fd), -self.dialect.too_deep)
            return
        # Its descriptors in the daemon stay open: closing one of the daemon's own mount would ask the daemon.
        result = mounted.register(path_or_fd, keep=True)
        if self.dialect.depth_at_ioctl:
            expect(result, -self.dialect.too_deep)
            return
        expect(result > 0, True)
        mounted.io()
        fd = mounted.open('file', id=result)
        expect((os.pread(fd, 7, 0), mounted.io()[0] > 0), (b'content', True))
        os.close(fd)

    def register(self, name, **words):
        return self.mounted.register(f'{self.mounted.lower}/{name}', **words)

    def accepts(self, path):
        if self.dialect.by_request:
            return self.mounted.register_in_flight(path) == 0
        return self.mounted.register(path) > 0

    @staticmethod
    def eventually(condition, seconds=5):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def close(self):
        self.end_own()
        self.mounted.end()
        shutil.rmtree(self.home, ignore_errors=True)


def run_all(dialect):
    """Yields (sentence, error or None) of each check that applies."""
    context = Context(dialect)
    try:
        for sentence, body, only, unless in CHECKS:
            if (only and not holds(dialect, only)) or (unless and holds(dialect, unless)):
                continue
            try:
                body(context)
                yield sentence, None
            except Exception as error:  # a check must not end the others
                where = traceback.extract_tb(error.__traceback__)
                at = next((frame for frame in where if frame.name == body.__name__), where[-1])
                yield sentence, f'{type(error).__name__}: {error} (line {at.lineno})'
            finally:
                context.end_own()
    finally:
        context.close()
