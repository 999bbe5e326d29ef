/**
 * The supervisor's side of one volume: it holds the FUSE device, the session memory and the source's descriptor, starts
 * the process that serves them, mounts, switches policies and unmounts. It never waits for a file system request.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ControlError } from '@sluice/control';
import type { PassthroughStatus, StorageOptions, VolumeSpec, VolumeState } from '@sluice/control';
import {
  HEADER,
  SessionMemory,
  abortConnection,
  connectionOf,
  detach,
  mountSession,
  openDevice,
  unmount,
} from '@sluice/session';
import type { TrialReport } from '@sluice/session';
import { setCheapRegistrations } from '@sluice/policy';
import {
  DEFAULT_STORAGE_GEOMETRY,
  markCheapRegistrations,
  readVolumeStatistics,
  sessionGeometry,
  workersBehind,
  writePolicyImage,
} from '@sluice/storage';
import type { ExplainResult, StorageGeometry, VolumeStatistics } from '@sluice/storage';
import { ERRNO, O, errnoName, sys } from '@sluice/sys';
import { opcodeName } from '@sluice/wire';
import { volumeFeatures } from './volume-features.ts';
import type { Log } from './log.ts';
import type { FromServer, ToServer } from './messages.ts';

const SERVER_PROGRAM = fileURLToPath(new URL('./volume-server.cjs', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 8000;
const EXIT_TIMEOUT_MS = 3000;

export class VolumeProcess {
  readonly spec: VolumeSpec;
  readonly #log: Log;
  readonly #geometry: StorageGeometry;
  readonly #memory: SessionMemory;
  readonly #memoryFd: number;
  #device: number;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: FromServer) => void>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  /** Set once the volume is on its way out. */
  #ending: Promise<void> | undefined;
  #connection: number | undefined;
  #mounted = false;
  #lowerHasAcl = false;
  /** Measured by the trial: `auto` passes small files through as well. */
  #cheapRegistrations = false;
  state: VolumeState = 'starting';
  failure = '';
  proof: TrialReport | undefined;
  reopenBy = '';

  private constructor(spec: VolumeSpec, scratchDirectory: string, image: Uint8Array, log: Log) {
    this.spec = spec;
    this.#log = log;
    const { cachedDescriptors } = spec.storage;
    this.#geometry = {
      ...DEFAULT_STORAGE_GEOMETRY,
      ...(cachedDescriptors === 0 ? {} : { directoryFds: cachedDescriptors }),
    };
    const geometry = sessionGeometry(spec.workers, this.#geometry);
    const root = sys.openPath(spec.source, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
    if (root < 0)
      throw new ControlError('internal', `the source ${spec.source} cannot be opened (${errnoName(root)})`);
    this.#device = openDevice();
    this.#memoryFd = sys.memfdCreate(`sluice-${spec.name}`, SessionMemory.bytesFor(geometry));
    if (this.#memoryFd < 0)
      throw new ControlError('internal', `no session memory (${errnoName(this.#memoryFd)})`);
    this.#memory = SessionMemory.attach(this.#memoryFd, geometry, true);
    writePolicyImage(this.#memory, image);
    this.#memory.store(HEADER.policyEpoch, 1);
    this.#child = spawn(process.execPath, [SERVER_PROGRAM], {
      // A group of its own: the terminal's Ctrl-C is for the supervisor, which unmounts first.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', this.#device, this.#memoryFd, root],
    });
    sys.close(root);
    this.#exited = this.#watch();
    this.#send({
      type: 'start',
      options: {
        name: spec.name,
        source: spec.source,
        mountPoint: spec.mountPoint,
        scratchDirectory,
        workers: spec.workers,
        geometry: this.#geometry,
        timeoutSeconds: spec.timeoutSeconds,
        features: volumeFeatures(spec.storage),
      },
    });
  }

  /** Starts and mounts the volume. Rejects with a {@link ControlError}; nothing is left behind then. */
  static async start(
    spec: VolumeSpec,
    scratchDirectory: string,
    image: Uint8Array,
    log: Log,
  ): Promise<VolumeProcess> {
    const volume = new VolumeProcess(spec, scratchDirectory, image, log);
    try {
      await volume.#bringUp();
      return volume;
    } catch (error) {
      await volume.stop(true);
      throw error instanceof ControlError ? error : new ControlError('internal', textOf(error));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  statistics(): VolumeStatistics {
    return readVolumeStatistics(this.#memory, this.#geometry);
  }

  /** What is in force of the options. */
  storage(): StorageOptions {
    const { storage } = this.spec;
    const cachedDescriptors = this.#geometry.directoryFds;
    const acl = volumeFeatures(storage).acl && this.#lowerHasAcl;
    return { ...storage, cachedDescriptors, acl };
  }

  passthrough(): PassthroughStatus {
    const { proof } = this;
    if (proof === undefined) {
      return {
        requested: false,
        negotiated: false,
        proven: false,
        dialect: 'none',
        evidence: ['not tried yet'],
      };
    }
    const { requested, negotiated, proven, dialect, evidence } = proof;
    const inUse = (this.#memory.load(HEADER.initPassthrough) & 2) !== 0;
    return {
      requested,
      negotiated,
      proven,
      dialect: inUse ? dialect : 'none',
      evidence:
        proven && !inUse ? [...evidence, 'not in use: the mount itself did not negotiate it'] : evidence,
    };
  }

  /** Puts a compiled policy in force: its epoch. Rejects if requests begun under the policy before last are still running. */
  async switchPolicy(image: Uint8Array): Promise<number> {
    this.#mustServe();
    const epoch = this.#memory.load(HEADER.policyEpoch);
    // The image about to be overwritten is the one before the current: nobody may still decide by it.
    const deadline = Date.now() + ANSWER_TIMEOUT_MS;
    while (workersBehind(this.#memory, epoch)) {
      if (Date.now() > deadline) {
        throw new ControlError(
          'unavailable',
          'a request that began under an older policy is still running: try again',
        );
      }
      await delay(1);
    }
    setCheapRegistrations(image, this.#cheapRegistrations);
    writePolicyImage(this.#memory, image);
    const answer = await this.#ask((id) => ({ type: 'switch-policy', id }));
    if (answer.type !== 'policy-switched')
      throw new ControlError('internal', 'the volume server did not switch the policy');
    return answer.epoch;
  }

  async explain(path: string, access: number, size: number | undefined): Promise<ExplainResult> {
    this.#mustServe();
    const answer = await this.#ask((id) => ({
      type: 'explain',
      id,
      path,
      access,
      ...(size === undefined ? {} : { size }),
    }));
    if (answer.type === 'explained') return answer.result;
    throw new ControlError(
      'failed_precondition',
      answer.type === 'not-explained' ? answer.reason : 'no explanation',
    );
  }

  /**
   * Unmounts and ends the volume server. Without `force`, files open on the volume make it reject, and it goes on
   * serving; with it the mount is detached and its connection ended: programs that still use it get ENOTCONN.
   */
  async stop(force: boolean): Promise<void> {
    // Several may ask for it: memory and descriptors are given back once.
    if (this.#ending === undefined) {
      const before = this.state;
      if (this.#mounted) this.#takeDown(force);
      this.#ending = this.#end(before === 'starting');
    }
    await this.#ending;
  }

  #takeDown(force: boolean): void {
    const { mountPoint } = this.spec;
    const result = unmount(mountPoint);
    // EINVAL: somebody else has unmounted it.
    if (result < 0 && result !== -ERRNO.EINVAL) {
      if (!force) {
        const why = result === -ERRNO.EBUSY ? 'files on it are open' : errnoName(result);
        throw new ControlError(
          'failed_precondition',
          `${mountPoint} cannot be unmounted: ${why}; close them or use --force`,
        );
      }
      detach(mountPoint);
      if (this.#connection !== undefined) abortConnection(this.#connection);
    }
    this.#mounted = false;
  }

  async #end(starting: boolean): Promise<void> {
    this.state = 'stopping';
    // Never mounted: the device has no connection whose end would be seen.
    if (this.#child.connected && starting) this.#child.kill('SIGKILL');
    if (!(await this.#exitedWithin(EXIT_TIMEOUT_MS))) {
      this.#log.warn(
        `volume ${this.spec.name}: the volume server did not end by itself, killing pid ${this.pid}`,
      );
      if (this.#connection !== undefined) abortConnection(this.#connection);
      this.#child.kill('SIGKILL');
      await this.#exitedWithin(EXIT_TIMEOUT_MS);
    }
    sys.arenaRelease(this.#memory.base);
    sys.close(this.#memoryFd);
    this.#closeDevice();
  }

  async #bringUp(): Promise<void> {
    const prepared = await this.#answer(0, START_TIMEOUT_MS);
    if (prepared.type === 'failed') throw new ControlError('internal', prepared.reason);
    if (prepared.type !== 'prepared')
      throw new ControlError('internal', 'the volume server answered out of turn');
    this.proof = prepared.proof;
    const { cost } = prepared.proof;
    this.#cheapRegistrations = cost !== undefined && cost.registration < cost.request;
    markCheapRegistrations(this.#memory, this.#cheapRegistrations);
    this.reopenBy = prepared.reopenBy;
    this.#lowerHasAcl = prepared.acl;
    if (!prepared.proof.proven) {
      this.#log.warn(`volume ${this.spec.name}: no passthrough: ${prepared.proof.evidence.join('; ')}`);
    }
    if (prepared.reopenBy === 'name') {
      this.#log.warn(`volume ${this.spec.name}: files are reopened by name: ${prepared.reopenBecause}`);
    }
    if (volumeFeatures(this.spec.storage).acl && !prepared.acl) {
      this.#log.info(`volume ${this.spec.name}: no ACLs: the lower file system keeps none`);
    }
    const { name, mountPoint, storage } = this.spec;
    const { suid, dev } = storage;
    mountSession(this.#device, { name, mountPoint, allowOther: true, defaultPermissions: true, suid, dev });
    this.#mounted = true;
    this.#connection = connectionOf(mountPoint);
    this.#send({ type: 'serve' });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.#memory.load(HEADER.initDone) === 0) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new ControlError('internal', 'the volume server did not answer the kernel');
      }
      await delay(2);
    }
    this.state = 'serving';
  }

  #watch(): Promise<void> {
    const child = this.#child;
    child.on('message', (message: FromServer) => {
      this.#take(message);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trimEnd().split('\n')) this.#log.warn(`volume ${this.spec.name}: ${line}`);
      });
    }
    return new Promise((resolve) => {
      child.on('error', (error) => {
        this.#fail(`its process could not be started: ${error.message}`);
        resolve();
      });
      child.on('exit', (code, signal) => {
        this.#fail(`its process ended (${signal ?? `exit code ${code ?? 'unknown'}`})`);
        resolve();
      });
    });
  }

  /** Its last holder ends the connection. */
  #closeDevice(): void {
    if (this.#device >= 0) sys.close(this.#device);
    this.#device = -1;
  }

  /** The volume server ended without being asked to: free its callers instead of leaving them waiting. */
  #fail(reason: string): void {
    if (this.state === 'stopping') return;
    this.state = 'failed';
    this.failure = reason;
    this.#log.error(
      `volume ${this.spec.name} failed: ${reason}; see the log of this moment for its last words`,
    );
    if (this.#mounted) {
      detach(this.spec.mountPoint);
      this.#mounted = false;
    }
    // Also ends the connection of a mount that somebody else has detached.
    this.#closeDevice();
    for (const answer of this.#answers.values()) answer({ type: 'failed', reason });
    this.#answers.clear();
  }

  #take(message: FromServer): void {
    switch (message.type) {
      case 'fault':
        this.#log.error(
          `volume ${this.spec.name}: ${opcodeName(message.opcode)} met a defect: ${message.error}`,
        );
        break;
      case 'ended':
        if (this.state !== 'stopping')
          this.#log.warn(`volume ${this.spec.name}: ${message.reasons.join('; ')}`);
        break;
      default: {
        const id = 'id' in message ? message.id : 0;
        this.#answers.get(id)?.(message);
        this.#answers.delete(id);
      }
    }
  }

  #ask(message: (id: number) => ToServer): Promise<FromServer> {
    const id = this.#nextId++;
    const answer = this.#answer(id, ANSWER_TIMEOUT_MS);
    this.#send(message(id));
    return answer;
  }

  #answer(id: number, timeoutMs: number): Promise<FromServer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(id);
        reject(new ControlError('unavailable', `the volume server did not answer in ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#answers.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }

  #send(message: ToServer): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #mustServe(): void {
    if (this.state === 'serving') return;
    throw new ControlError(
      'unavailable',
      `volume ${this.spec.name} is ${this.state}${this.failure === '' ? '' : `: ${this.failure}`}`,
    );
  }

  async #exitedWithin(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, false);
    });
    const result = await Promise.race([this.#exited.then(() => true), late]);
    clearTimeout(timer);
    return result;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
