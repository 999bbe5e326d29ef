/**
 * A volume served over a socket that keeps message boundaries, instead of /dev/fuse. This process holds both ends: its
 * worker threads run the read loop on one, its main thread carries requests from standard input to the other and replies
 * back (frames.fixture.ts). Started by played-kernel.fixture.ts.
 */
import { readdirSync, writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { ERRNO, O, POLL, Scratch, sys } from '@sluice/sys';
import { SessionMemory, serve } from '@sluice/session';
import { OUT_HEADER } from '@sluice/wire';
import { FRAME, Frames, frame } from './frames.fixture.ts';
import type { Frame, ServerOptions, ServerState } from './frames.fixture.ts';
import { sessionGeometry } from './layout.ts';
import { readVolumeStatistics } from './statistics.ts';
import { prepareSession, reopenByName } from './volume.fixture.ts';
import { PageDropper } from './page-drops/page-dropper.ts';
import { DEFAULT_FEATURES } from './features.ts';
import { Volume } from './volume.ts';

/** Far longer than any request takes. */
const PATIENCE_MS = 5_000;
const LARGEST_MESSAGE = 4 << 20;

interface Thread {
  options: ServerOptions;
  worker: number;
  memoryBase: number;
  device: number;
  rootFd: number;
}

interface DropperThread {
  options: ServerOptions;
  dropper: true;
  memoryBase: number;
  device: number;
}

function dropPages({ options, memoryBase, device }: DropperThread): void {
  const { geometry, workers } = options;
  const memory = new SessionMemory(memoryBase, sessionGeometry(workers, geometry));
  // It never leaves for want of work: nobody here could have another one started.
  new PageDropper(memory, geometry, device).run(-1);
}

function work({ options, worker, memoryBase, device, rootFd }: Thread): void {
  const { geometry, workers, allowPassthrough } = options;
  const memory = new SessionMemory(memoryBase, sessionGeometry(workers, geometry));
  const onFault = (opcode: number, error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    writeSync(2, `fault in opcode ${opcode}: ${text}\n`);
  };
  const volumeOptions = {
    geometry,
    rootFd,
    device,
    timeoutSeconds: 1.5,
    features: DEFAULT_FEATURES,
    onLockWait: () => undefined,
    // The main thread blocks and can start nobody: the dropper is there from the start.
    onPagesToDrop: () => undefined,
    onTree: () => undefined,
    allowPassthrough,
    onFault,
  };
  const end = serve(
    { memory, worker, device, followCaller: false },
    (request, counters) => new Volume(request, counters, volumeOptions),
  );
  if (end.reason !== 'unmounted') writeSync(2, `worker ${worker} ended: errno ${end.errno}\n`);
}

class Server {
  readonly #options: ServerOptions;
  readonly #kernel: number;
  readonly #memory: SessionMemory;
  readonly #message = new Scratch(LARGEST_MESSAGE);
  #patience = PATIENCE_MS;

  constructor(options: ServerOptions, kernel: number, device: number) {
    this.#options = options;
    this.#kernel = kernel;
    const { workers, geometry } = options;
    const rootFd = sys.openPath(options.source, O.RDONLY | O.DIRECTORY, 0);
    this.#memory = prepareSession(workers, geometry, rootFd, options.policy);
    if (options.byName) reopenByName(this.#memory, geometry);
    let running = workers;
    for (let worker = 0; worker < workers; worker++) {
      const thread: Thread = { options, worker, memoryBase: this.#memory.base, device, rootFd };
      new Worker(__filename, { workerData: thread }).on('exit', () => {
        if (--running > 0) return;
        // Exiting waits for threads that sleep.
        new PageDropper(this.#memory, geometry, device).stop();
        process.exit(0);
      });
    }
    if (options.dropsPages !== undefined) {
      const thread: DropperThread = { options, dropper: true, memoryBase: this.#memory.base, device };
      new Worker(__filename, { workerData: thread }).unref();
    }
  }

  /** Answers frames until standard input ends; blocks, so that nothing stands between a request and its reply. */
  run(): void {
    const frames = new Frames();
    try {
      for (let chunk = this.#read(); chunk.length > 0; chunk = this.#read()) {
        for (const each of frames.take(chunk)) this.#write(frame(each.kind, this.#answer(each)));
      }
    } finally {
      // The workers see the end of the connection and leave their loops.
      sys.close(this.#kernel);
    }
  }

  // Standard input and output are not blocking once there are threads.
  #read(): Uint8Array {
    const at = this.#message.base;
    for (;;) {
      const got = sys.read(0, at, LARGEST_MESSAGE);
      if (got !== -ERRNO.EAGAIN) return this.#message.bytesAt(at, Math.max(0, got));
      sys.poll(0, POLL.IN, -1);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#message.reset();
    const at = this.#message.data(bytes);
    for (let sent = 0; sent < bytes.length;) {
      const wrote = sys.write(1, at + sent, bytes.length - sent);
      if (wrote > 0) sent += wrote;
      else if (wrote === -ERRNO.EAGAIN) sys.poll(1, POLL.OUT, -1);
      else return; // the test is gone
    }
  }

  #answer({ kind, body }: Frame): Uint8Array {
    if (kind === FRAME.state) return Buffer.from(JSON.stringify(this.#state()));
    const kernel = this.#kernel;
    const message = this.#message;
    message.reset();
    if (kind !== FRAME.receive) {
      const sent = sys.write(kernel, message.data(body), body.length);
      if (sent !== body.length) throw new Error(`a request of ${body.length} bytes was not sent: ${sent}`);
      if (kind === FRAME.send) return new Uint8Array(0);
    }
    let bytes = this.#receive();
    while (this.#options.dropsPages === 'unseen' && isNotification(bytes)) bytes = this.#receive();
    return bytes;
  }

  /** One message of the volume's. */
  #receive(): Uint8Array {
    if (sys.poll(this.#kernel, POLL.IN, this.#patience) !== POLL.IN) {
      // Whatever holds the worker up holds up the next request as well.
      this.#patience = 0;
      return new Uint8Array(0);
    }
    const at = this.#message.base;
    return this.#message.bytesAt(at, Math.max(0, sys.read(this.#kernel, at, LARGEST_MESSAGE)));
  }

  #state(): ServerState {
    return {
      ...readVolumeStatistics(this.#memory, this.#options.geometry),
      descriptors: readdirSync('/proc/self/fd').length,
      stray: (sys.poll(this.#kernel, POLL.IN, 0) & POLL.IN) !== 0,
    };
  }
}

/** No answer to a request: a positive code where a reply has its error. */
function isNotification(bytes: Uint8Array): boolean {
  return bytes.length >= OUT_HEADER.SIZE && Buffer.from(bytes).readInt32LE(OUT_HEADER.error) > 0;
}

if (isMainThread) {
  const [options = '', kernel, device] = process.argv.slice(2);
  const server = new Server(JSON.parse(options) as ServerOptions, Number(kernel), Number(device));
  // The threads are made by now; what they serve waits in the socket until they read.
  setImmediate(() => {
    server.run();
  });
} else {
  const thread = workerData as Thread | DropperThread;
  if ('dropper' in thread) dropPages(thread);
  else work(thread);
}
