/**
 * The volume server: the process that serves one volume. Its threads read and answer the kernel's requests; this main
 * thread proves passthrough by trial, switches policies, explains decisions, and never touches its own mount.
 */
import { Worker } from 'node:worker_threads';
import {
  SessionMemory,
  abortConnection,
  connectionOf,
  detach,
  notTried,
  ownCapabilities,
  playAnswers,
  recordLimits,
  runTrial,
} from '@sluice/session';
import type { TrialReport } from '@sluice/session';
import { Explainer, LockPoller, prepareVolume, sessionGeometry, takesAnyIdentity } from '@sluice/storage';
import { InvalidationThread } from './invalidation-thread.ts';
import { INHERITED_FD } from './messages.ts';
import type { FromServer, ServerOptions, ToServer } from './messages.ts';
import { PageDropThread } from './page-drop-thread.ts';
import { VolumePolicy } from './volume-server-policy.ts';
import { VolumeServerTrace } from './volume-server-trace.ts';
import type { VolumeWorkerData, VolumeWorkerMessage } from './volume-thread.ts';
import { textOf } from './error-text.ts';

/** Threads end with the connection. */
const END_WITHIN_MS = 2000;
const THREAD_MODULE = new URL('./volume-thread.cjs', import.meta.url);

class VolumeServer {
  readonly #options: ServerOptions;
  readonly #memory: SessionMemory;
  readonly #policy: VolumePolicy;
  readonly #trace: VolumeServerTrace;
  readonly #explainer: Explainer;
  readonly #lockPoller: LockPoller;
  readonly #pageDropThread: PageDropThread;
  readonly #ends: string[] = [];
  #proof: TrialReport | undefined;
  #running = 0;
  #acl = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { geometry, workers } = options;
    this.#memory = SessionMemory.attach(INHERITED_FD.memory, sessionGeometry(workers, geometry), false, true);
    if (options.played !== undefined) playAnswers(this.#memory, options.played);
    const shared = { workers, geometry, memoryBase: this.#memory.base, device: INHERITED_FD.device };
    this.#policy = new VolumePolicy({
      memory: this.#memory,
      geometry,
      rootFd: INHERITED_FD.root,
      mountPoint: options.mountPoint,
      timeoutSeconds: options.timeoutSeconds,
      invalidations: new InvalidationThread(THREAD_MODULE, shared, (error) => {
        process.stderr.write(`invalidation failed: ${textOf(error)}\n`);
      }),
    });
    this.#trace = new VolumeServerTrace(this.#memory, geometry, (events) => sent({ type: 'traced', events }));
    this.#lockPoller = new LockPoller(this.#memory, geometry, INHERITED_FD.device);
    this.#pageDropThread = new PageDropThread(THREAD_MODULE, shared, (error) => {
      process.stderr.write(`dropping pages failed: ${textOf(error)}\n`);
    });
    this.#explainer = new Explainer(this.#memory, geometry, INHERITED_FD.root);
  }

  async prepare(): Promise<void> {
    const { geometry, source, scratchDirectory, knownCost, played, mountedBy } = this.#options;
    const prepared = prepareVolume(this.#memory, geometry, INHERITED_FD.root);
    const trial = { source, scratchDirectory, threadModule: THREAD_MODULE, knownCost, played };
    const proof = mountedBy === undefined ? await runTrial(trial) : notTried(mountedBy);
    recordLimits(this.#memory, proof.limits);
    this.#proof = proof;
    const { reopenBy, because: reopenBecause, acl } = prepared;
    this.#acl = acl;
    const makesForOthers = takesAnyIdentity(Number(ownCapabilities().effective & 0xffff_ffffn));
    send({ type: 'prepared', proof, reopenBy, reopenBecause, acl, makesForOthers });
  }

  serve(): void {
    const { geometry, timeoutSeconds, workers, features } = this.#options;
    for (let worker = 0; worker < workers; worker++) {
      const data: VolumeWorkerData = {
        role: 'worker',
        worker,
        workers,
        geometry,
        memoryBase: this.#memory.base,
        device: INHERITED_FD.device,
        rootFd: INHERITED_FD.root,
        timeoutSeconds,
        features: { ...features, acl: features.acl && this.#acl },
        allowPassthrough: this.#proof?.proven === true,
      };
      this.#start(worker, data);
    }
  }

  switchPolicy(id: number): void {
    send({ type: 'policy-switched', id, epoch: this.#policy.switch() });
  }

  async comparePolicies({ id, switched }: Extract<ToServer, { type: 'compare-policies' }>): Promise<void> {
    send({ type: 'policies-compared', id, found: await this.#policy.compare(switched) });
  }

  explain({ id, query }: Extract<ToServer, { type: 'explain' }>): void {
    send({ type: 'explained', id, result: this.#explainer.explain(query) });
  }

  startTrace(id: number): void {
    this.#trace.start();
    send({ type: 'trace-started', id });
  }

  async stopTrace(id: number): Promise<void> {
    send({ type: 'trace-stopped', id, dropped: await this.#trace.stop() });
  }

  /** The supervisor is gone: leave no mount behind. */
  abandon(): void {
    const connection = connectionOf(this.#options.mountPoint);
    detach(this.#options.mountPoint);
    if (connection !== undefined) abortConnection(connection);
    // Who still holds a file on the mount holds its connection as well, unless it was aborted: our descriptors are the last.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_WITHIN_MS).unref();
  }

  #start(worker: number, data: VolumeWorkerData): void {
    const thread = new Worker(THREAD_MODULE, { workerData: data });
    this.#running++;
    thread.on('message', (message: VolumeWorkerMessage) => {
      if (message.type === 'fault') send(message);
      else if (message.type === 'lock-wait') this.#lockPoller.wake();
      else if (message.type === 'pages-to-drop') this.#pageDropThread.start();
      else if (message.type === 'tree') sendTree(message.path, message.moved);
      else this.#ends.push(`worker ${worker}: ${message.end.reason} (errno ${message.end.errno})`);
    });
    thread.on('error', (error) => {
      this.#ends.push(`worker ${worker}: ${textOf(error)}`);
    });
    thread.on('exit', () => {
      if (--this.#running > 0) return;
      this.#lockPoller.stop();
      this.#pageDropThread.stop();
      send({ type: 'ended', reasons: this.#ends });
      if (process.connected) process.disconnect();
    });
  }
}

function send(message: FromServer): void {
  if (process.connected) process.send?.(message);
}

/** A name that is no UTF-8 has no text: such a directory is served. */
function sendTree(bytes: Uint8Array, moved: boolean): void {
  const path = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (moved || !path.includes('\ufffd')) send({ type: 'tree', path, moved });
}

/** The same, settled when the message is on its way. */
function sent(message: FromServer): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
}

let server: VolumeServer | undefined;

process.on('message', (message: ToServer) => {
  take(message).catch((error: unknown) => {
    const reason = textOf(error);
    send('id' in message ? { type: 'refused', id: message.id, reason } : { type: 'failed', reason });
  });
});

async function take(message: ToServer): Promise<void> {
  switch (message.type) {
    case 'start':
      server = new VolumeServer(message.options);
      return server.prepare();
    case 'serve':
      return server?.serve();
    case 'switch-policy':
      return server?.switchPolicy(message.id);
    case 'compare-policies':
      return server?.comparePolicies(message);
    case 'explain':
      return server?.explain(message);
    case 'start-trace':
      return server?.startTrace(message.id);
    case 'stop-trace':
      return server?.stopTrace(message.id);
  }
}

process.on('disconnect', () => server?.abandon());
// The terminal's Ctrl-C and a service manager's SIGTERM are the supervisor's business: it unmounts first.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// A lease that somebody breaks in the moment it is held (storage's live-mapping.ts): the signal's default would end us.
process.on('SIGIO', () => undefined);
