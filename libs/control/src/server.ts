import { createServer, type Server as Listener, type Socket } from 'node:net';
import { Server, ServerCredentials, type ConnectionInjector } from '@grpc/grpc-js';
import type { ControlBackend } from './backend.ts';
import { HANDLERS } from './handlers/index.ts';
import type { ControlLog } from './handlers/handler.ts';
import { LIMITS } from './limits.ts';
import { Callers, peerOf } from './peer.ts';
import { checkSocketPath, clearStaleSocket, listenPrivately } from './socket.ts';

/**
 * gRPC on a unix socket. The socket is our own and not gRPC's, because each connection is looked at before a byte of
 * it is read: the kernel says which user is at the other end, and only the users allowed get as far as HTTP/2.
 */

export interface ControlServerOptions {
  /** At most 107 bytes. */
  socketPath: string;
  backend: ControlBackend;
  /** Users that may connect; everybody else is closed and logged. */
  allowedUids: readonly number[];
  log: ControlLog;
}

export interface ControlServer {
  /** Stops listening, lets calls in flight finish for two seconds, removes the socket. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 2000;

/** @throws Error if the socket cannot be had, saying why; a stale one is replaced. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { socketPath, backend, allowedUids, log } = options;
  checkSocketPath(socketPath);
  const server = new Server({
    'grpc.max_receive_message_length': LIMITS.messageBytes,
    'grpc.max_send_message_length': LIMITS.messageBytes,
    'grpc.enable_channelz': 0,
  });
  const callers = new Callers();
  const callerOf = (peer: string) => callers.of(peer);
  for (const handler of HANDLERS) handler.register(server, { backend, log, callerOf });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());

  const connections = new Set<Socket>();
  const listener = createServer((socket) => {
    if (!admitted(socket, callers, allowedUids, log)) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    injector.injectConnection(socket);
  });
  listener.maxConnections = LIMITS.connections;
  listener.on('drop', () =>
    log('warn', `control connection refused: ${LIMITS.connections} are open already`),
  );

  await clearStaleSocket(socketPath);
  await listenPrivately(listener, socketPath);
  listener.on('error', (error) => log('error', `control socket ${socketPath}: ${error.message}`));

  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= closeAll(listener, server, injector, connections)) };
}

function admitted(
  socket: Socket,
  callers: Callers,
  allowedUids: readonly number[],
  log: ControlLog,
): boolean {
  try {
    const peer = peerOf(socket);
    const { uid, pid } = peer;
    if (allowedUids.includes(uid)) {
      callers.note(socket, peer);
      return true;
    }
    log('warn', `control connection refused: uid ${uid} (pid ${pid}) is not among ${allowedUids.join(', ')}`);
  } catch (error) {
    log('warn', `control connection refused: ${(error as Error).message}`);
  }
  return false;
}

async function closeAll(
  listener: Listener,
  server: Server,
  injector: ConnectionInjector,
  connections: ReadonlySet<Socket>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
  const grace = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, CLOSE_GRACE_MS);
  injector.drain(CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
  server.forceShutdown();
}
