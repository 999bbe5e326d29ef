"""Runs fusermount3 for a process out of whose reach it is, as container hosts do:

    fusermount-broker.py serve SOCKET          with CAP_SYS_ADMIN; says "ready", ends with its standard input
    fusermount-broker.py call SOCKET [WORD...] in fusermount3's place: hands its words and its socket over
"""

import json
import os
import socket
import subprocess
import sys
import threading

LARGEST = 65536


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print("ready", flush=True)
    threading.Thread(target=lambda: os._exit(len(sys.stdin.read())), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        with connection:
            words, descriptors, _, _ = socket.recv_fds(connection, LARGEST, 1)
            environment = {"_FUSE_COMMFD": str(fd) for fd in descriptors}
            done = subprocess.run(
                ["/usr/bin/fusermount3", *json.loads(words)],
                env=environment,
                pass_fds=descriptors,
                stderr=subprocess.PIPE,
                text=True,
                timeout=20,
            )
            for fd in descriptors:
                os.close(fd)
            connection.sendall(json.dumps([done.returncode, done.stderr]).encode())


def call(path, words):
    descriptors = [int(fd) for fd in [os.environ.get("_FUSE_COMMFD")] if fd]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    socket.send_fds(connection, [json.dumps(words).encode()], descriptors)
    code, said = json.loads(connection.recv(LARGEST))
    sys.stderr.write(said)
    sys.exit(code)


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    call(sys.argv[2], sys.argv[3:])
