import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectControl, type ClientOptions, type ControlClient } from '../client.ts';
import { startControlServer, type ControlServerOptions } from '../server.ts';
import { FakeBackend } from './fake-backend.ts';

/** A server over a fake backend on a socket of its own, and a client connected to it. */
export interface ControlFixture {
  directory: string;
  socketPath: string;
  backend: FakeBackend;
  client: ControlClient;
  /** `level: message` of what the server logged. */
  log: string[];
  close(): Promise<void>;
}

export async function controlFixture(
  options: Partial<ControlServerOptions> & ClientOptions = {},
): Promise<ControlFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  const socketPath = options.socketPath ?? join(directory, 'control.sock');
  const backend = new FakeBackend();
  const log: string[] = [];
  const server = await startControlServer({
    socketPath,
    backend: options.backend ?? backend,
    allowedUids: options.allowedUids ?? [process.getuid?.() ?? -1],
    log: options.log ?? ((level, message) => log.push(`${level}: ${message}`)),
  });
  const { deadlineMs } = options;
  const client = connectControl(socketPath, deadlineMs === undefined ? {} : { deadlineMs });
  return {
    directory,
    socketPath,
    backend,
    client,
    log,
    async close() {
      client.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const PHOTOS = {
  name: 'photos',
  source: '/data/media/0',
  mountPoint: '/mnt/photos',
  policy: 'big-files',
  timeoutSeconds: 0.5,
  workers: 4,
  storage: {
    engine: 'fuse-native',
    locks: 'local',
    acl: false,
    idmap: true,
    suid: true,
    dev: true,
    cachedDescriptors: 64,
    ownership: 'android',
  },
} as const;
