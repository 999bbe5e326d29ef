"""Several processes write one SQLite database in WAL mode, others read it meanwhile; every row is there at the end.

usage: sqlite-writers.py DATABASE WRITERS ROWS
"""
import os
import sqlite3
import sys

READERS = 2


def connect(path):
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def write(path, writer, rows):
    connection = connect(path)
    for row in range(rows):
        connection.execute("BEGIN IMMEDIATE")
        (balance,) = connection.execute("SELECT balance FROM account").fetchone()
        connection.execute("UPDATE account SET balance = ?", (balance + 1,))
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (writer, row, "x" * (row * 7 % 3000)))
        connection.execute("COMMIT")
    connection.close()


def read(path, total):
    connection = connect(path)
    seen = 0
    while seen < total:
        connection.execute("BEGIN")
        (balance,) = connection.execute("SELECT balance FROM account").fetchone()
        (entries,) = connection.execute("SELECT count(*) FROM entry").fetchone()
        connection.execute("COMMIT")
        assert balance == entries and balance >= seen, (balance, entries, seen)
        seen = balance
    connection.close()


def main():
    path, writers, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    connection = connect(path)
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    assert mode == ("wal",), mode
    connection.execute("CREATE TABLE account (balance)")
    connection.execute("CREATE TABLE entry (writer, row, text, PRIMARY KEY (writer, row))")
    connection.execute("INSERT INTO account VALUES (0)")
    connection.close()
    children = []
    for number in range(writers + READERS):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                write(path, number, rows) if number < writers else read(path, writers * rows)
                code = 0
            except BaseException as error:
                print("process %d:" % number, error, file=sys.stderr, flush=True)
            os._exit(code)
        children.append(child)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    connection = connect(path)
    print(failed, *connection.execute("SELECT (SELECT balance FROM account), count(*) FROM entry").fetchone())
    print(*connection.execute("PRAGMA integrity_check").fetchone())


main()
