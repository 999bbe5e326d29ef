/**
 * The test as the kernel: requests go byte for byte to a volume served in a process of its own, over an AF_UNIX
 * SOCK_SEQPACKET pair, which keeps message boundaries as /dev/fuse does. Node makes no such sockets, so a few lines of
 * Python make the pair and then become the serving process.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { FRAME, Frames, frame } from './frames.fixture.ts';
import type { ServerOptions, ServerState } from './frames.fixture.ts';
import { CACHED_POLICY, isRoot } from './volume.fixture.ts';

/** Empty if a kernel can be played here, else what is missing. */
export const cannotPlay = isRoot ? (hasPython() ? '' : 'python3 is missing') : 'root is needed';

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import socket, ctypes, resource']);
    return true;
  } catch {
    return false;
  }
}

/**
 * Room for the largest request and reply (SO_SNDBUFFORCE is 32). Whatever a request asks for, and it may be a random one, no
 * device node can be made (CAP_MKNOD is 27, PR_CAPBSET_DROP 24), no file made immutable (CAP_LINUX_IMMUTABLE, 9) or large.
 */
const LAUNCHER = `
import ctypes, os, resource, socket, sys
pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
for end in pair:
    end.setsockopt(socket.SOL_SOCKET, 32, 8 << 20)
    end.set_inheritable(True)
for capability in 9, 27:
    if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) != 0:
        sys.exit('a capability cannot be dropped')
resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
numbers = [str(end.fileno()) for end in pair]
os.execv(sys.argv[1], sys.argv[1:] + numbers)
`;

const DEFAULTS: Omit<ServerOptions, 'source'> = {
  policy: CACHED_POLICY,
  workers: 1,
  geometry: {
    nodes: 1 << 14,
    nameBytes: 1 << 20,
    openFiles: 1 << 10,
    directoryFds: 16,
    lockOwners: 8,
    lockWaits: 8,
    aliases: 16,
  },
  allowPassthrough: true,
  byName: false,
};

export interface Reply {
  /** The whole reply; empty if there was none. */
  bytes: Buffer;
  length: number;
  error: number;
  unique: bigint;
  payload: Buffer;
}

export class PlayedKernel {
  /** Everything lies in here: the source, and whatever a test puts beside it. */
  readonly place: string;
  readonly source: string;
  readonly #child: ChildProcess;
  readonly #waiting: ((frame: Buffer) => void)[] = [];
  readonly #ended: Promise<number | null>;
  readonly #frames = new Frames();
  #exited = false;
  #stopped: Promise<number | null> | undefined;

  constructor(options: Partial<ServerOptions> = {}) {
    this.place = mkdtempSync(join(tmpdir(), 'sluice-played-'));
    this.source = join(this.place, 'source');
    mkdirSync(this.source);
    const program = join(this.place, 'volume-server.cjs');
    bundle('./volume-server.fixture.ts', program);
    const wanted = JSON.stringify({ ...DEFAULTS, ...options, source: this.source });
    this.#child = spawn('python3', ['-c', LAUNCHER, process.execPath, program, wanted], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      for (const { body } of this.#frames.take(chunk)) this.#waiting.shift()?.(body);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (code) => {
        this.#exited = true;
        // Whoever waits gets nothing, which no test takes for an answer.
        for (const waiting of this.#waiting.splice(0)) waiting(Buffer.alloc(0));
        resolve(code);
      });
    });
    // Writing to a process that ended is seen as a missing reply.
    this.#child.stdin?.on('error', () => undefined);
  }

  /** Sends a request and waits for one reply. Requests given at once are sent one after another. */
  async exchange(request: Uint8Array): Promise<Reply> {
    return reply(await this.#frame(FRAME.exchange, request));
  }

  /** Waits for one more reply. */
  async receive(): Promise<Reply> {
    return reply(await this.#frame(FRAME.receive, new Uint8Array(0)));
  }

  /** Sends a request that has no reply. */
  async send(request: Uint8Array): Promise<void> {
    await this.#frame(FRAME.send, request);
  }

  async state(): Promise<ServerState> {
    return JSON.parse((await this.#frame(FRAME.state, new Uint8Array(0))).toString()) as ServerState;
  }

  /** Ends the connection and removes everything. The exit code of the serving process: 0 if all its workers left. */
  stop(): Promise<number | null> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<number | null> {
    this.#child.stdin?.end();
    // A worker that hangs does not see the end of the connection.
    const last = setTimeout(() => this.#child.kill('SIGKILL'), 3_000);
    const code = await this.#ended;
    clearTimeout(last);
    rmSync(this.place, { recursive: true, force: true });
    return code;
  }

  #frame(kind: number, body: Uint8Array): Promise<Buffer> {
    if (this.#exited) return Promise.resolve(Buffer.alloc(0));
    this.#child.stdin?.write(frame(kind, body));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function reply(bytes: Buffer): Reply {
  if (bytes.length < 16) return { bytes, length: bytes.length, error: NaN, unique: 0n, payload: bytes };
  return {
    bytes,
    length: bytes.readUInt32LE(0),
    error: bytes.readInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    payload: bytes.subarray(16),
  };
}

/** Node runs JavaScript only. */
function bundle(module: string, outfile: string): void {
  buildSync({
    entryPoints: [fileURLToPath(new URL(module, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  });
}
