import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeviceCable } from './device-cable.ts';

let device: Server;
let cable: DeviceCable;
let received: Buffer[];
const clients: Socket[] = [];

beforeEach(async () => {
  received = [];
  device = createServer((socket) => {
    socket.on('data', (bytes) => {
      received.push(bytes);
      socket.write(bytes);
    });
    socket.on('error', () => undefined);
  });
  device.listen(0, '127.0.0.1');
  await once(device, 'listening');
  cable = await DeviceCable.lay((device.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await cable.remove();
  device.close();
});

async function client(): Promise<Socket> {
  const socket = connect(cable.port, '127.0.0.1').on('error', () => undefined);
  clients.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** However: with an error before, or without. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

describe('the cable', () => {
  it('carries bytes both ways', async () => {
    const socket = await client();
    socket.write('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('hello');
  });

  it('is cut after exactly the bytes that were asked for', async () => {
    const socket = await client();
    const cut = cable.cut(70_000);
    socket.write(Buffer.alloc(200_000, 'x'));
    await Promise.all([cut, closed(socket)]);
    await expect.poll(() => Buffer.concat(received).length).toBe(70_000);
  });

  it('refuses connections while it is cut, and carries again once it is plugged', async () => {
    await cable.cut();
    const refused = connect(cable.port, '127.0.0.1').on('error', () => undefined);
    clients.push(refused);
    await closed(refused);
    cable.plug();
    const socket = await client();
    socket.write('again');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('again');
  });
});
