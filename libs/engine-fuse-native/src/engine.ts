/**
 * The engine on libfuse 2: it serves one volume by paths, from the main thread of its process, through the npm package
 * fuse-native. Policy, counters and epochs are those of the session's memory; passthrough there is none.
 */
import { sys } from '@sluice/sys';
import { Explainer, prepareVolume, switchPolicy } from '@sluice/storage';
import type { ExplainQuery, ExplainResult, StorageGeometry, VolumeFeatures } from '@sluice/storage';
import { DIALECT_NAMES, HEADER, Lock } from '@sluice/session';
import type { SessionMemory, TrialReport } from '@sluice/session';
import type { FuseOperations } from './fuse-operations.ts';
import { mountOptions, mountTimeouts } from './mount-options.ts';
import { attributeOperations } from './operations/attributes.ts';
import { directoryOperations } from './operations/directories.ts';
import { extendedAttributeOperations } from './operations/extended-attributes.ts';
import { fileOperations } from './operations/files.ts';
import { nameOperations } from './operations/names.ts';
import type { FuseNativeClass } from './package.ts';
import { UNKNOWN_CALLER } from './path-policy.ts';
import { PathVolume } from './volume.ts';

export interface EngineOptions {
  name: string;
  mountPoint: string;
  memory: SessionMemory;
  geometry: StorageGeometry;
  rootFd: number;
  timeoutSeconds: number;
  features: VolumeFeatures;
  suid: boolean;
  dev: boolean;
  onFault: (opcode: number, error: unknown) => void;
}

/** libfuse 2.9 speaks 7.19. */
const PROTOCOL_MINOR = 19;

export class FuseNativeEngine {
  readonly #options: EngineOptions;
  readonly #Fuse: FuseNativeClass;
  readonly #volume: PathVolume;
  readonly #explainer: Explainer;
  readonly #tableLock: Lock;

  /** Throws if the source cannot be read. */
  constructor(Fuse: FuseNativeClass, options: EngineOptions) {
    this.#Fuse = Fuse;
    this.#options = options;
    const { memory, geometry, rootFd } = options;
    prepareVolume(memory, geometry, rootFd);
    memory.setU32(HEADER.initDialect, DIALECT_NAMES.indexOf('none'));
    this.#volume = new PathVolume(options);
    this.#explainer = new Explainer(memory, geometry, rootFd);
    this.#tableLock = new Lock(memory, HEADER.tableLock);
    // The kernel has applied the caller's.
    sys.umask(0);
  }

  /** What a trial of passthrough would have to say. */
  get proof(): TrialReport {
    return {
      requested: false,
      negotiated: false,
      proven: false,
      reason: 'not-offered',
      init: undefined,
      dialect: 'none',
      evidence: [
        'engine fuse-native: no passthrough',
        'it is not told who calls: what is made belongs to whom its directory belongs to',
      ],
      checks: [],
      limits: [],
      cost: undefined,
    };
  }

  /** Resolves when the kernel has been answered for the first time. */
  async mount(): Promise<void> {
    const { name, mountPoint, memory, timeoutSeconds } = this.#options;
    const timeouts = mountTimeouts(this.#volume.policy.image, timeoutSeconds * 1000);
    const fuse = new this.#Fuse(
      mountPoint,
      operationsOf(this.#volume),
      mountOptions(name, timeouts, this.#options),
    );
    this.#volume.records.watch(fuse);
    await new Promise<void>((resolve, reject) => {
      fuse.mount((error) => {
        if (error === null) resolve();
        else reject(new Error(`fuse-native cannot mount on ${mountPoint}: ${error.message}`));
      });
    });
    memory.setU32(HEADER.initMinor, PROTOCOL_MINOR);
    memory.store(HEADER.initDone, 1);
  }

  /** The new epoch. */
  switchPolicy(): number {
    return switchPolicy(this.#options.memory, this.#tableLock);
  }

  /** Nobody is known as the caller, and nothing is opened directly. */
  explain(query: ExplainQuery): ExplainResult {
    const said = this.#explainer.explain({ ...query, uid: UNKNOWN_CALLER, gid: UNKNOWN_CALLER });
    return said.outcome === 'direct' ? { ...said, outcome: 'cached' } : said;
  }
}

function operationsOf(volume: PathVolume): FuseOperations {
  return {
    ...attributeOperations(volume),
    ...nameOperations(volume),
    ...fileOperations(volume),
    ...directoryOperations(volume),
    ...extendedAttributeOperations(volume),
  };
}
