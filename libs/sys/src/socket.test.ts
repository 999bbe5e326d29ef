import { spawnSync } from 'node:child_process';
import { fstatSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { O } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { lowerDirectory } from './lower-directory.fixture.ts';

const lower = lowerDirectory();
const { scratch } = lower;

function pair(): [number, number] {
  const at = scratch.bytes(8);
  expect(sys.socketpair(at)).toBe(0);
  return [scratch.u32At(at), scratch.u32At(at + 4)];
}

/** Another process sends copies of the descriptor, and closes its end. */
function send(socket: number, fd: number, copies: number): void {
  const program = `import socket, sys
s = socket.socket(fileno=3)
socket.send_fds(s, [b'\\0'], [4] * ${copies}) if ${copies} else s.send(b'\\0')`;
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    stdio: ['ignore', 'ignore', 'pipe', socket, fd],
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;

/** What `receiveDescriptor` gives for `copies` of a descriptor, and how many descriptors it left open. */
function received(copies: number): { result: number; left: number } {
  const [ours, theirs] = pair();
  send(theirs, lower.directory, copies);
  const before = descriptors();
  const result = sys.receiveDescriptor(ours);
  const left = descriptors() - before;
  for (const fd of [ours, theirs]) sys.close(fd);
  return { result, left };
}

describe('a descriptor from another process', () => {
  it('is the very file that was sent, and is closed on exec', () => {
    const file = join(lower.path, 'sent');
    writeFileSync(file, 'text');
    const fd = lower.open('sent', O.RDONLY);
    const [ours, theirs] = pair();
    send(theirs, fd, 1);
    const got = sys.receiveDescriptor(ours);
    expect(got).toBeGreaterThan(2);
    expect(readlinkSync(`/proc/self/fd/${got}`)).toBe(file);
    expect(fstatSync(got).ino).toBe(fstatSync(fd).ino);
    const flags = /^flags:\s*0(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${got}`, 'utf8'))?.[1] ?? '0';
    expect(parseInt(flags, 8) & O.CLOEXEC).toBe(O.CLOEXEC);
    for (const each of [got, ours, theirs]) sys.close(each);
  });

  it('is waited for by nobody', () => {
    const [ours, theirs] = pair();
    expect(sys.receiveDescriptor(ours)).toBe(-ERRNO.EAGAIN);
    sys.close(theirs);
    expect(sys.receiveDescriptor(ours)).toBe(-ERRNO.ENODATA);
    sys.close(ours);
  });

  it('comes alone, or none is taken and nothing stays open', () => {
    for (const copies of [0, 2, 3, 100, 253])
      expect(received(copies)).toEqual({ result: -ERRNO.EBADMSG, left: 0 });
  });

  it('comes by sockets only', () => {
    expect(sys.receiveDescriptor(lower.directory)).toBe(-ERRNO.ENOTSOCK);
    expect(sys.receiveDescriptor(-1)).toBe(-ERRNO.EBADF);
    expect(sys.socketpair(scratch.base + scratch.size - 7)).toBe(-ERRNO.EFAULT);
  });
});
