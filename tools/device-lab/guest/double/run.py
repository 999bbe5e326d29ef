"""Checks the test module, loaded with a dialect, against that dialect's row: run.py DIALECT. A line of JSON a check."""

import glob
import json
import os
import sys
import time

import registration  # noqa: F401  the modules register their checks
import data  # noqa: F401
import opens  # noqa: F401
from checking import run_all
from dialects import DIALECTS

PATIENCE_S = 150


def watch():
    """A process that frees whoever hangs on a mount of the checks, by ending all connections."""
    parent = os.getpid()
    if os.fork() == 0:
        for _ in range(PATIENCE_S):
            time.sleep(1)
            if os.getppid() != parent:
                os._exit(0)
        for path in glob.glob('/sys/fs/fuse/connections/*/abort'):
            with open(path, 'w') as file:
                file.write('1')
        os._exit(0)


watch()
failed = 0
for sentence, error in run_all(DIALECTS[sys.argv[1]]):
    failed += error is not None
    print(json.dumps({'name': sentence, 'error': error}), flush=True)
sys.exit(1 if failed else 0)
