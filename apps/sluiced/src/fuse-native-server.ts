/**
 * The volume server of the engine fuse-native: a process that serves one volume through libfuse 2, from its main thread,
 * and never touches its own mount. It understands what the supervisor says to volume-server.ts, and mounts by itself.
 */
import { FuseNativeEngine, loadFuseNative } from '@sluice/engine-fuse-native';
import { SessionMemory, abortConnection, connectionOf, detach } from '@sluice/session';
import { sessionGeometry } from '@sluice/storage';
import { INHERITED_FD } from './messages.ts';
import type { FromServer, ServerOptions, ToServer } from './messages.ts';

/** libfuse does not tell that its mount is gone: how often that is looked at. */
const LOOK_EVERY_MS = 1000;
/** libfuse ends by itself then, and removes what was removed while it was open. */
const END_WITHIN_MS = 200;
/** A defect that shows in every request must not fill the log. */
const FAULTS_TOLD = 20;

let engine: FuseNativeEngine | undefined;
let mountPoint = '';
let isEnding = false;

process.on('message', (message: ToServer) => {
  take(message).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    send('id' in message ? { type: 'refused', id: message.id, reason } : { type: 'failed', reason });
  });
});

async function take(message: ToServer): Promise<void> {
  switch (message.type) {
    case 'start':
      return prepare(message.options);
    case 'serve':
      await engine?.mount();
      send({ type: 'mounted' });
      setInterval(() => {
        if (connectionOf(mountPoint) === undefined) end();
      }, LOOK_EVERY_MS);
      return;
    case 'unmounted':
      return end();
    default:
      if (engine !== undefined) answer(engine, message);
  }
}

function prepare(options: ServerOptions): void {
  const loaded = loadFuseNative(import.meta.url);
  if ('missing' in loaded) {
    send({ type: 'failed', reason: loaded.missing });
    return;
  }
  const { geometry, workers, name, timeoutSeconds, features, suid, dev } = options;
  mountPoint = options.mountPoint;
  const memory = SessionMemory.attach(INHERITED_FD.memory, sessionGeometry(workers, geometry), false, true);
  let told = 0;
  const onFault = (opcode: number, error: unknown): void => {
    if (told++ >= FAULTS_TOLD) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send({ type: 'fault', opcode, error: text });
  };
  const rootFd = INHERITED_FD.root;
  const volume = { name, mountPoint, memory, geometry, rootFd, timeoutSeconds, features, suid, dev, onFault };
  engine = new FuseNativeEngine(loaded.Fuse, volume);
  const { proof } = engine;
  send({
    type: 'prepared',
    proof,
    reopenBy: 'name',
    reopenBecause: 'libfuse 2 names paths',
    acl: false,
    makesForOthers: false,
  });
}

function answer(serving: FuseNativeEngine, message: Extract<ToServer, { id: number }>): void {
  const { id } = message;
  switch (message.type) {
    case 'switch-policy':
      send({ type: 'policy-switched', id, epoch: serving.switchPolicy() });
      return;
    case 'explain':
      send({ type: 'explained', id, result: serving.explain(message.query) });
      return;
    case 'compare-policies':
      // There are no nodes to look at, and no way to make the kernel forget: names expire with their timeout.
      send({ type: 'policies-compared', id, found: NOTHING_COMPARED });
      return;
    case 'start-trace':
    case 'stop-trace':
      send({
        type: 'refused',
        id,
        reason: 'the engine fuse-native records no traces: use the engine session',
      });
  }
}

const NOTHING_COMPARED = {
  nodesExamined: 0,
  nodesChanged: 0,
  entries: 0,
  attributes: 0,
  openFilesExamined: 0,
  openFilesChanged: 0,
  samples: [],
  openFiles: [],
  callersCompared: 0,
  callersCapped: false,
  incomplete: true,
};

function end(): void {
  if (isEnding) return;
  isEnding = true;
  send({ type: 'ended', reasons: ['the volume is not mounted any more'] });
  setTimeout(() => process.exit(0), END_WITHIN_MS);
}

function send(message: FromServer): void {
  if (process.connected) process.send?.(message);
}

// The supervisor is gone: leave no mount behind.
process.on('disconnect', () => {
  const connection = mountPoint === '' ? undefined : connectionOf(mountPoint);
  if (connection !== undefined) {
    detach(mountPoint);
    abortConnection(connection);
  }
  process.exit(0);
});
// The terminal's Ctrl-C and a service manager's SIGTERM are the supervisor's business: it unmounts first.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
