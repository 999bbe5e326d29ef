"""Runs commands in a lab machine for the host, which talks over a virtio serial port.

One line of JSON each way. A request: {"id", "argv", "cwd", "env", "timeout"}; its answer: {"id", "code", "stdout",
"stderr", "timedOut", "cut"}, outputs in base64 and cut to their last LIMIT bytes. {"end": true} ends the machine, as does
a host that hangs up. Commands run at the same time, each in a session of its own, and leave nothing running behind.
This is process 1: it also takes in the orphans.
"""

import base64
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 4 << 20
PORT_NAME = 'sluice-lab'

lock = threading.Lock()
starting = threading.Lock()
commands = set()  # pids that a thread waits for


def open_port():
    for name in glob.glob('/sys/class/virtio-ports/*/name'):
        with open(name) as file:
            if file.read().strip() == PORT_NAME:
                return os.open('/dev/' + name.split('/')[-2], os.O_RDWR)
    raise SystemExit('lab: no port named ' + PORT_NAME)


def power_off():
    os.sync()
    with open('/proc/sysrq-trigger', 'w') as file:
        file.write('o')
    threading.Event().wait()


def send(port, answer):
    line = (json.dumps(answer) + '\n').encode()
    with lock:
        while line:
            line = line[os.write(port, line):]


def tail(file):
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LIMIT))
    return base64.b64encode(file.read()).decode(), size > LIMIT


def end_session(pid):
    """Kills what the command's session still runs."""
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                if os.getsid(int(entry)) == pid:
                    os.kill(int(entry), signal.SIGKILL)
            except OSError:
                pass


def start(request, out, err):
    argv, env = request['argv'], {**os.environ, **request.get('env', {})}
    with starting:
        process = subprocess.Popen(argv, cwd=request.get('cwd', '/root'), env=env, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, start_new_session=True)
        commands.add(process.pid)
        return process


def carry_out(port, request):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        timed_out = False
        try:
            process = start(request, out, err)
        except OSError as error:
            err.write(f'{request["argv"][0]}: {error.strerror}\n'.encode())
            code = 127
        else:
            try:
                code = process.wait(request['timeout'])
            except subprocess.TimeoutExpired:
                timed_out = True
                end_session(process.pid)
                code = process.wait()
            end_session(process.pid)
            commands.discard(process.pid)
            code = 128 - code if code < 0 else code
        stdout, cut_out = tail(out)
        stderr, cut_err = tail(err)
    send(port, {'id': request['id'], 'code': code, 'stdout': stdout, 'stderr': stderr,
                'timedOut': timed_out, 'cut': cut_out or cut_err})


def reap_orphans():
    """Takes in dead processes that no command's thread waits for."""
    while True:
        time.sleep(1)
        for entry in os.listdir('/proc'):
            with starting:
                if entry.isdigit() and is_orphan(int(entry)):
                    os.waitpid(int(entry), os.WNOHANG)


def is_orphan(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            state, parent = file.read().rpartition(')')[2].split()[:2]
    except OSError:
        return False
    return state == 'Z' and parent == '1' and pid not in commands


def main():
    port = open_port()
    threading.Thread(target=reap_orphans, daemon=True).start()
    send(port, {'ready': os.uname().release})
    with os.fdopen(os.dup(port), 'rb', buffering=0) as lines:
        pending = b''
        while True:
            chunk = lines.read(65536)
            if not chunk:
                power_off()
            pending += chunk
            *whole, pending = pending.split(b'\n')
            for line in whole:
                request = json.loads(line)
                if request.get('end'):
                    power_off()
                threading.Thread(target=carry_out, args=(port, request), daemon=True).start()


try:
    main()
except BaseException as error:  # Process 1 must not end: the kernel would panic.
    print('lab: the agent failed:', error, file=sys.stderr, flush=True)
    power_off()
