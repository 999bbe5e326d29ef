import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel, LineReader } from './channel.ts';

describe('lines of a stream', () => {
  it('are whole, in whatever pieces they come', () => {
    const lines = new LineReader();
    expect(lines.push('a')).toEqual([]);
    expect(lines.push('b\nc\n\nd')).toEqual(['ab', 'c', '']);
    expect(lines.push('\n')).toEqual(['d']);
  });
});

describe('the channel to a machine', () => {
  let directory: string;
  let guest: Socket;
  let channel: Channel;
  const asked: { id: number; argv: string[] }[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-channel-'));
    asked.length = 0;
    const path = join(directory, 'port');
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    channel = new Channel(connect(path));
    guest = await accepted;
    server.close();
    const lines = new LineReader();
    guest.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of lines.push(chunk)) asked.push(JSON.parse(line) as { id: number; argv: string[] });
    });
  });
  afterEach(() => {
    guest.destroy();
    rmSync(directory, { recursive: true });
  });

  const answer = (id: number, stdout: string): void => {
    const text = Buffer.from(stdout).toString('base64');
    guest.write(
      `${JSON.stringify({ id, code: 3, stdout: text, stderr: '', timedOut: false, cut: false })}\n`,
    );
  };

  it('is ready when the agent says its kernel', async () => {
    guest.write('{"ready": "6.1.0"}\n');
    expect(await channel.ready).toBe('6.1.0');
  });

  it('brings each answer to who asked, in any order', async () => {
    const first = channel.run({ argv: ['first'], timeout: 5 });
    const second = channel.run({ argv: ['second'], timeout: 5 });
    await expect.poll(() => asked.length).toBe(2);
    answer(asked[1]?.id ?? 0, 'two');
    answer(asked[0]?.id ?? 0, 'öne');
    expect(await first).toEqual({ code: 3, stdout: 'öne', stderr: '', timedOut: false, cut: false });
    expect((await second).stdout).toBe('two');
  });

  it('fails whoever waits, and whoever asks later, when the machine ends', async () => {
    const waiting = channel.run({ argv: ['never'], timeout: 5 });
    const failed = expect(waiting).rejects.toThrow('the machine has ended');
    guest.destroy();
    await failed;
    await expect(channel.ready).rejects.toThrow('the machine has ended');
    await expect(channel.run({ argv: ['late'], timeout: 5 })).rejects.toThrow('the machine has ended');
  });
});
