"""Runs one operation of the suite: run.py OPERATION DIRECTORY [LOWER]

DIRECTORY is an empty directory to work in. If it lies on a mount, LOWER is the same directory in the lower tree. Every
case gets a directory of its own. Prints a line per failure and `N assertions, M failures`; exits 1 if there are any.
"""
import importlib
import os
import shutil
import signal
import sys
import traceback

import differences
from callers import dismiss_servants
from harness import CASES, Tally, about, check

CASE_SECONDS = 40


def late(_signal, _frame):
    raise TimeoutError("no end within %d s" % CASE_SECONDS)


def run_case(function, directory):
    place = os.path.join(directory, function.__name__)
    os.mkdir(place, 0o755)
    os.chdir(place)
    os.umask(0)
    differences.Tree.here = place
    if differences.Tree.lower_root:
        differences.Tree.lower = os.path.join(differences.Tree.lower_root, function.__name__)
    else:
        differences.Tree.lower = place
    signal.signal(signal.SIGALRM, late)
    signal.alarm(CASE_SECONDS)
    try:
        function()
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)
        steps = " < ".join("%s:%d" % (os.path.basename(at.filename), at.lineno) for at in reversed(where[1:]))
        check(False, "the case itself", "an end", "%r at %s" % (error, steps))
    finally:
        signal.alarm(0)
    dismiss_servants()
    os.chdir(directory)
    shutil.rmtree(place, ignore_errors=True)


def main():
    operation, directory = sys.argv[1], os.path.abspath(sys.argv[2])
    differences.Tree.lower_root = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
    module = importlib.import_module("operations." + operation)
    only = os.environ.get("CONFORMANCE_CASE")
    for function in CASES[module.__name__]:
        if only and function.__name__ != only:
            continue
        with about(operation), about(function.__name__):
            run_case(function, directory)
    for line in Tally.failures:
        print(line)
    print("%d assertions, %d failures" % (Tally.assertions, len(Tally.failures)))
    sys.exit(1 if Tally.failures else 0)


main()
