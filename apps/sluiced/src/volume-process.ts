/**
 * The supervisor's side of one volume: it holds the FUSE device, the session memory and the source's descriptor, starts
 * the process that serves them, mounts, switches policies and unmounts. It never waits for a file system request.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ControlError } from '@sluice/control';
import type { PassthroughStatus, StorageOptions, TreeStatus, VolumeSpec, VolumeState } from '@sluice/control';
import { HEADER, SessionMemory } from '@sluice/session';
import type { TrialCost, TrialReport } from '@sluice/session';
import {
  DEFAULT_STORAGE_GEOMETRY,
  readVolumeStatistics,
  sessionGeometry,
  writeCosts,
  writePolicyImage,
} from '@sluice/storage';
import type { ExplainQuery, ExplainResult, StorageGeometry, VolumeStatistics } from '@sluice/storage';
import { O, errnoName, sys } from '@sluice/sys';
import { runtimeCommand } from '@sluice/sys/runtime';
import { opcodeName } from '@sluice/wire';
import { autoCosts } from './auto-costs.ts';
import { volumeFeatures } from './volume-features.ts';
import type { Log } from './log.ts';
import type { FromServer } from './messages.ts';
import { passthroughStatus } from './passthrough-status.ts';
import { TreePolicy } from './tree-policy.ts';
import { STARTED, VolumeChannel } from './volume-channel.ts';
import { VolumeMount } from './volume-mount.ts';
import { VolumePolicySwitch } from './volume-policy-switch.ts';
import { VolumeTraces } from './volume-trace.ts';
import { VolumeTrees } from './volume-trees.ts';
import type { TreesChange } from './volume-trees.ts';
import { unprivilegedWarnings } from './unprivileged-warnings.ts';
import { textOf } from './error-text.ts';

const SERVER_PROGRAMS = {
  session: fileURLToPath(new URL('./volume-server.cjs', import.meta.url)),
  'fuse-native': fileURLToPath(new URL('./fuse-native-server.cjs', import.meta.url)),
} as const;
const START_TIMEOUT_MS = 30_000;
const EXIT_TIMEOUT_MS = 3000;
/** Trees are taken off first; a volume that does not answer goes with them. */
const TREES_OFF_WITHIN_MS = 3000;

export interface VolumeStart {
  spec: VolumeSpec;
  /** Where an empty directory for the trial may be made. */
  scratchDirectory: string;
  /** The compiled policy. */
  image: Uint8Array;
  /** What its `tree` rules name without wildcards. */
  treeDirectories: readonly string[];
  /** Names that differ in case alone are one name. */
  foldNames: boolean;
  /** What passing through costs on this kernel and lower file system, if it was measured before. */
  knownCost: TrialCost | undefined;
}

export class VolumeProcess {
  readonly spec: VolumeSpec;
  readonly #log: Log;
  readonly #geometry: StorageGeometry;
  readonly #memory: SessionMemory;
  readonly #memoryFd: number;
  #device = -1;
  readonly #child: ChildProcess;
  readonly #channel: VolumeChannel;
  readonly #exited: Promise<void>;
  readonly #policy: VolumePolicySwitch;
  readonly #traces: VolumeTraces;
  readonly #mount: VolumeMount;
  /** Of the source. */
  readonly #rootFd: number;
  readonly #trees: VolumeTrees;
  /** Set once the volume is on its way out. */
  #ending: Promise<void> | undefined;
  #lowerHasAcl = false;
  #makesForOthers = true;
  state: VolumeState = 'starting';
  failure = '';
  proof: TrialReport | undefined;
  reopenBy = '';

  private constructor({ spec, scratchDirectory, image, foldNames, knownCost }: VolumeStart, log: Log) {
    this.spec = spec;
    this.#mount = new VolumeMount(spec);
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
    this.#rootFd = root;
    const { mountPoint, name, storage } = spec;
    const { suid, dev, idmap } = storage;
    const mounted = { mountPoint, suid, dev, idmap, foldNames };
    this.#trees = new VolumeTrees({ volume: name, ...mounted, rootFd: root, log });
    const { engine } = storage;
    this.#memoryFd = sys.memfdCreate(`sluice-${spec.name}`, SessionMemory.bytesFor(geometry));
    if (this.#memoryFd < 0)
      throw new ControlError('internal', `no session memory (${errnoName(this.#memoryFd)})`);
    this.#memory = SessionMemory.attach(this.#memoryFd, geometry, true);
    writePolicyImage(this.#memory, image);
    this.#memory.store(HEADER.policyEpoch, 1);
    // libfuse opens its own.
    if (engine === 'session') this.#device = this.#openDevice();
    const runtime = runtimeCommand();
    this.#child = spawn(runtime.program, [...runtime.args, SERVER_PROGRAMS[engine]], {
      // A group of its own: the terminal's Ctrl-C is for the supervisor, which unmounts first.
      detached: true,
      stdio: [
        'ignore',
        'pipe',
        'pipe',
        'ipc',
        engine === 'session' ? this.#device : 'ignore',
        this.#memoryFd,
        root,
      ],
    });
    this.#channel = new VolumeChannel(this.#child, (message) => {
      this.#take(message);
    });
    this.#policy = new VolumePolicySwitch(this.#memory, this.#channel);
    this.#traces = new VolumeTraces(spec.name, this.#channel);
    this.#exited = this.#watch();
    this.#channel.send({
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
        suid: spec.storage.suid,
        dev: spec.storage.dev,
        knownCost,
        mountedBy: this.#mount.assisted?.program,
      },
    });
  }

  /** Throws a MountError, and gives back what was taken before it. */
  #openDevice(): number {
    try {
      return this.#mount.openDevice();
    } catch (error) {
      this.#giveBack();
      throw error;
    }
  }

  /** Starts and mounts the volume. Rejects with a {@link ControlError}; nothing is left behind then. */
  static async start(start: VolumeStart, log: Log): Promise<VolumeProcess> {
    const volume = VolumeProcess.#made(start, log);
    try {
      await volume.#bringUp();
      await volume.followTrees(start.image, start.treeDirectories);
      return volume;
    } catch (error) {
      await volume.stop(true);
      throw error instanceof ControlError ? error : new ControlError('internal', textOf(error));
    }
  }

  static #made(start: VolumeStart, log: Log): VolumeProcess {
    try {
      return new VolumeProcess(start, log);
    } catch (error) {
      throw error instanceof ControlError ? error : new ControlError('failed_precondition', textOf(error));
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
    const { acl, locks } = volumeFeatures(storage);
    const { suid, dev } = this.#mount.assisted ?? storage;
    return { ...storage, suid, dev, cachedDescriptors, locks, acl: acl && this.#lowerHasAcl };
  }

  /** What is otherwise than it would be with the rights that the daemon lacks, for people. */
  warnings(): string[] {
    const { assisted } = this.#mount;
    if (assisted === undefined) return [];
    return unprivilegedWarnings(assisted, {
      storage: this.spec.storage,
      makesForOthers: this.#makesForOthers,
      servedTrees: this.trees().some(({ state }) => state === 'served'),
    });
  }

  /** Binds and unbinds directories as a policy now in force says; `directories`: what its `tree` rules name. */
  followTrees(image: Uint8Array, directories: readonly string[]): Promise<TreesChange> {
    return this.#trees.follow(new TreePolicy(image, directories));
  }

  foreseeTrees(image: Uint8Array, directories: readonly string[]): Promise<TreesChange> {
    return this.#trees.foresee(new TreePolicy(image, directories));
  }

  trees(): TreeStatus[] {
    return this.state === 'serving' ? this.#trees.status() : [];
  }

  passthrough(): PassthroughStatus {
    return passthroughStatus(this.proof, this.#memory);
  }

  /** Rejects with a {@link ControlError} unless the volume is being served. */
  get policy(): VolumePolicySwitch {
    this.#mustServe();
    return this.#policy;
  }

  async explain(query: ExplainQuery): Promise<ExplainResult> {
    this.#mustServe();
    return (await this.#channel.ask({ type: 'explain', query }, 'explained')).result;
  }

  /** Traces of the volume, one at a time. Rejects unless the volume is being served. */
  get traces(): VolumeTraces {
    this.#mustServe();
    return this.#traces;
  }

  /**
   * Unmounts and ends the volume server. Without `force`, files open on the volume make it reject, and it goes on
   * serving; with it the mount is detached and its connection ended: programs that still use it get ENOTCONN.
   */
  async stop(force: boolean): Promise<void> {
    // Several may ask for it: memory and descriptors are given back once.
    if (this.#ending === undefined && this.state === 'serving') await this.#takeTreesDown(force);
    if (this.#ending === undefined) {
      const before = this.state;
      try {
        this.#mount.takeDown(force);
      } catch (error) {
        await this.#trees.resume();
        throw error;
      }
      if (!this.#hasSession) this.#channel.send({ type: 'unmounted' });
      this.#ending = this.#end(before === 'starting');
    }
    await this.#ending;
  }

  async #takeTreesDown(force: boolean): Promise<void> {
    const down = this.#trees.takeDown(force);
    if (!force) return down;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TREES_OFF_WITHIN_MS);
    });
    await Promise.race([down, late]);
    clearTimeout(timer);
  }

  async #end(starting: boolean): Promise<void> {
    this.state = 'stopping';
    // Never mounted: the device has no connection whose end would be seen.
    // Or it is one that nothing but its end would end.
    if (this.#channel.isConnected && (starting || this.#mount.lingers)) this.#child.kill('SIGKILL');
    this.#traces.end();
    if (!(await this.#exitedWithin(EXIT_TIMEOUT_MS))) {
      this.#log.warn(
        `volume ${this.spec.name}: the volume server did not end by itself, killing pid ${this.pid}`,
      );
      this.#mount.abort();
      this.#child.kill('SIGKILL');
      await this.#exitedWithin(EXIT_TIMEOUT_MS);
    }
    this.#giveBack();
  }

  #giveBack(): void {
    sys.arenaRelease(this.#memory.base);
    sys.close(this.#memoryFd);
    sys.close(this.#rootFd);
    this.#closeDevice();
  }

  async #bringUp(): Promise<void> {
    const prepared = await this.#channel.answer(STARTED, START_TIMEOUT_MS);
    if (prepared.type === 'failed') {
      throw new ControlError(this.#hasSession ? 'internal' : 'failed_precondition', prepared.reason);
    }
    if (prepared.type !== 'prepared')
      throw new ControlError('internal', 'the volume server answered out of turn');
    this.proof = prepared.proof;
    this.reopenBy = prepared.reopenBy;
    this.#lowerHasAcl = prepared.acl;
    this.#makesForOthers = prepared.makesForOthers;
    if (!prepared.proof.proven) {
      this.#log.warn(`volume ${this.spec.name}: no passthrough: ${prepared.proof.evidence.join('; ')}`);
    }
    if (prepared.reopenBy === 'name') {
      this.#log.warn(`volume ${this.spec.name}: files are reopened by name: ${prepared.reopenBecause}`);
    }
    if (volumeFeatures(this.spec.storage).acl && !prepared.acl) {
      this.#log.info(`volume ${this.spec.name}: no ACLs: the lower file system keeps none`);
    }
    const { cost } = prepared.proof;
    if (cost !== undefined) writeCosts(this.#memory, autoCosts(cost));
    if (this.#hasSession) this.#mount.make(this.#device);
    else await this.#haveMounted();
    this.#memory.store(HEADER.mountMinor, this.#mount.minor);
    if (this.#hasSession) this.#channel.send({ type: 'serve' });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.#memory.load(HEADER.initDone) === 0) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new ControlError('internal', 'the volume server did not answer the kernel');
      }
      await delay(2);
    }
    this.state = 'serving';
  }

  /** Our own engine, which serves by way of the device; the other one mounts by itself. */
  get #hasSession(): boolean {
    return this.spec.storage.engine === 'session';
  }

  async #haveMounted(): Promise<void> {
    const answer = this.#channel.answer(STARTED, START_TIMEOUT_MS);
    this.#channel.send({ type: 'serve' });
    try {
      const mounted = await answer;
      if (mounted.type === 'failed') throw new ControlError('failed_precondition', mounted.reason);
    } finally {
      this.#mount.adopt();
    }
  }

  #watch(): Promise<void> {
    const child = this.#child;
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
    this.#mount.detach();
    // Also ends the connection of a mount that somebody else has detached.
    this.#closeDevice();
    this.#channel.fail(reason);
    this.#traces.end();
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
      case 'tree':
        this.#trees.seen(message.path, message.moved);
        break;
      case 'traced':
        this.#traces.take(message.events);
        break;
      default:
    }
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
