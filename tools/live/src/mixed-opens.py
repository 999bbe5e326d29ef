"""One file, many processes, every kind of open: each process has a region of the file to itself, writes it in one of
several ways, and reads it back in another; appenders add records behind the regions. Between two rounds a process has the
file closed for a moment, so that the file is now and then open nowhere and may change its mode.

    mixed-opens.py FILE PROCESSES SECONDS THE-SAME-FILE-ELSEWHERE [mappings]

Prints one JSON object: rounds by role, records appended, and errors, of which there should be none.
"""
import json
import mmap
import os
import random
import struct
import sys
import time

REGION = 64 * 1024
RECORD = 64


def region_of(process, sequence):
    """Words that say whose they are and in which round they were written."""
    return struct.pack("<II", process, sequence) * (REGION // 8)


def expect(found, wanted, what):
    if found == wanted:
        return
    at = next((i for i in range(min(len(found), len(wanted))) if found[i] != wanted[i]), min(len(found), len(wanted)))
    raise AssertionError(
        f"{what}: {len(found)} bytes, at {at} {found[at:at + 8].hex()} instead of {wanted[at:at + 8].hex()}"
    )


def aligned(data):
    """O_DIRECT wants memory aligned like the device's blocks: an anonymous mapping is."""
    memory = mmap.mmap(-1, len(data))
    memory[:] = data
    return memory


def read_back(path, at, wanted, way):
    fd = os.open(path, os.O_RDONLY | (os.O_DIRECT if way == "direct" else 0))
    try:
        if way == "mapped":
            with mmap.mmap(fd, REGION, prot=mmap.PROT_READ, offset=at) as mapped:
                found = mapped[:]
        elif way == "direct":
            memory = mmap.mmap(-1, REGION)
            os.preadv(fd, [memory], at)
            found = memory[:]
        else:
            found = os.pread(fd, REGION, at)
    finally:
        os.close(fd)
    expect(found, wanted, f"read back, {way}")


def write_plain(path, at, data):
    fd = os.open(path, os.O_RDWR)
    try:
        for part in range(0, REGION, 16384):
            os.pwrite(fd, data[part:part + 16384], at + part)
        expect(os.pread(fd, REGION, at), data, "written and read by one descriptor")
    finally:
        os.close(fd)


def write_only(path, at, data):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(fd, data, at)
    finally:
        os.close(fd)


def write_direct(path, at, data):
    fd = os.open(path, os.O_RDWR | os.O_DIRECT)
    try:
        os.pwritev(fd, [aligned(data)], at)
    finally:
        os.close(fd)


def write_mapped(path, at, data):
    fd = os.open(path, os.O_RDWR)
    mapped = mmap.mmap(fd, REGION, offset=at)
    # The mapping alone keeps the file open.
    os.close(fd)
    mapped[:] = data
    if random.random() < 0.5:
        mapped.flush()
    mapped.close()


def write_private(path, at, data):
    """A private mapping shows what the file holds and keeps what is written into it to itself."""
    write_only(path, at, data)
    fd = os.open(path, os.O_RDONLY)
    try:
        mapped = mmap.mmap(fd, REGION, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE, offset=at)
        expect(mapped[:], data, "private mapping")
        mapped[:] = b"\xff" * REGION
        mapped.close()
    finally:
        os.close(fd)


WAYS_TO_WRITE = [write_plain, write_only, write_direct, write_mapped, write_private]
WAYS_TO_READ = ["plain", "direct", "mapped"]
PAUSES = [0.001, 0.03, 0.06, 0.12]
if sys.argv[5:] == ["mappings"]:
    # What a mapping shows comes from cached pages alone, without a look at the file's attributes first.
    WAYS_TO_WRITE = [write_private]
    WAYS_TO_READ = ["mapped"]
    PAUSES = [0.001, 0.03, 0.06]


def write_rounds(path, process, until, result):
    at = process * REGION
    sequence = 0
    while time.monotonic() < until:
        sequence += 1
        data = region_of(process, sequence)
        way = random.choice(WAYS_TO_WRITE)
        way(path, at, data)
        read_back(path, at, data, random.choice(WAYS_TO_READ))
        result["rounds"][way.__name__] = result["rounds"].get(way.__name__, 0) + 1
        pause()
    result["last"] = sequence


def read_rounds(path, process, processes, until, result):
    """Other processes' regions while they are being written: whatever the round, each word is its owner's."""
    while time.monotonic() < until:
        owner = random.randrange(processes)
        fd = os.open(path, os.O_RDONLY)
        try:
            found = os.pread(fd, 4096, owner * REGION + random.randrange(REGION // 4096) * 4096)
        finally:
            os.close(fd)
        expect(found[0::8] + found[1::8], bytes([owner]) * 512 + bytes(512), "another's region")
        result["rounds"]["read"] = result["rounds"].get("read", 0) + 1
        pause()


def append_rounds(path, process, until, result):
    sequence = 0
    while time.monotonic() < until:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            for _ in range(random.randint(1, 4)):
                record = struct.pack("<4sII", b"rec:", process, sequence).ljust(RECORD, b".")
                # An appended record is whole or it is not there.
                if os.write(fd, record) != RECORD:
                    raise AssertionError("a short append")
                sequence += 1
        finally:
            os.close(fd)
        result["rounds"]["append"] = result["rounds"].get("append", 0) + 1
        pause()
    result["records"] = sequence


def pause():
    time.sleep(random.choice(PAUSES))


def work(path, process, processes, seconds):
    random.seed(process)
    result = {"process": process, "rounds": {}, "last": 0, "records": 0}
    until = time.monotonic() + seconds
    try:
        if process % 5 == 3:
            append_rounds(path, process, until, result)
        elif process % 5 == 4:
            read_rounds(path, process, processes, until, result)
        else:
            write_rounds(path, process, until, result)
    except (OSError, AssertionError, ValueError) as error:
        result["error"] = f"process {process}: {type(error).__name__}: {error}"
    return result


def check_file(path, processes, results):
    """What everybody must see when all is done."""
    errors = []
    with open(path, "rb") as file:
        content = file.read()
    for result in results:
        process = result["process"]
        found = content[process * REGION:(process + 1) * REGION]
        wanted = region_of(process, result["last"])
        if "error" not in result and found != wanted:
            errors.append(f"{path}: the region of process {process} is not what it wrote last")
    records = content[processes * REGION:]
    seen = {}
    for at in range(0, len(records), RECORD):
        record = records[at:at + RECORD]
        if len(record) != RECORD or not record.startswith(b"rec:") or record[12:] != b"." * (RECORD - 12):
            errors.append(f"{path}: no record at {processes * REGION + at}: {record[:16].hex()}")
            break
        key = struct.unpack("<II", record[4:12])
        seen[key] = seen.get(key, 0) + 1
    wanted = {(r["process"], n) for r in results for n in range(r["records"])}
    lost = sorted(wanted - seen.keys())[:5]
    doubled = [key for key, count in seen.items() if count > 1][:5]
    if lost or doubled:
        errors.append(f"{path}: records lost: {lost}, found twice: {doubled}")
    return errors


def main():
    path, processes, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    with open(path, "wb") as file:
        for process in range(processes):
            file.write(region_of(process, 0))
    pipes = []
    for process in range(processes):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            os.write(writing, json.dumps(work(path, process, processes, seconds)).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    results = []
    for reading in pipes:
        with os.fdopen(reading) as stream:
            results.append(json.loads(stream.read()))
    rounds = {}
    for result in results:
        for way, count in result["rounds"].items():
            rounds[way] = rounds.get(way, 0) + count
    errors = [r["error"] for r in results if "error" in r]
    for look in [path, sys.argv[4]]:
        errors += check_file(look, processes, results)
    print(json.dumps({"rounds": rounds, "records": sum(r["records"] for r in results), "errors": errors}))


main()
