/**
 * A volume on a directory of its own, worked by the test itself: requests are put where the read loop would put them and
 * handed to the operations, with a dialect and decisions that the test chooses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { O, sys } from '@sluice/sys';
import { ENTRY_OUT, IN_HEADER } from '@sluice/wire';
import { loadPolicy } from '@sluice/policy';
import { HEADER, Lock, Request, SessionMemory, WorkerCounters } from '@sluice/session';
import type { Dialect } from '@sluice/session';
import { SHARED, planStorage, sessionGeometry } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { switchPolicy, writePolicyImage } from './policy-state.ts';
import { prepareVolume } from './prepare.ts';
import { DEFAULT_FEATURES } from './features.ts';
import { Volume } from './volume.ts';

/** Volumes create files as their callers, which needs CAP_SETPCAP, and open by handle: CAP_DAC_READ_SEARCH. */
export const isRoot = process.getuid?.() === 0;

export const CACHED_POLICY = 'version: 1\ndefault: cached\nrules: []\n';

/** Makes the tables for a source in new session memory and puts a policy in force. */
export function prepareSession(
  workers: number,
  geometry: StorageGeometry,
  rootFd: number,
  policy: string,
): SessionMemory {
  const session = sessionGeometry(workers, geometry);
  const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor(session));
  const memory = SessionMemory.attach(fd, session, true);
  sys.close(fd);
  const { image, diagnostics } = loadPolicy(policy);
  if (image === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  writePolicyImage(memory, image);
  switchPolicy(memory, new Lock(memory, HEADER.tableLock));
  prepareVolume(memory, geometry, rootFd);
  return memory;
}

/** Makes a prepared volume work as on a lower file system without file handles. Before any worker is there. */
export function reopenByName(memory: SessionMemory, geometry: StorageGeometry): void {
  memory.setU32(planStorage(geometry, memory.storageAt).shared + SHARED.reopenByHandle, 0);
}

export class WorkedVolume {
  readonly source = mkdtempSync(join(tmpdir(), 'sluice-volume-'));
  readonly memory: SessionMemory;
  readonly request: Request;
  readonly volume: Volume;

  readonly #rootFd: number;

  constructor(
    geometry: StorageGeometry,
    { dialect, byName, device = -1 }: { dialect?: Dialect; byName?: boolean; device?: number } = {},
  ) {
    const rootFd = sys.openPath(this.source, O.RDONLY | O.DIRECTORY, 0);
    this.#rootFd = rootFd;
    this.memory = prepareSession(1, geometry, rootFd, CACHED_POLICY);
    if (byName === true) reopenByName(this.memory, geometry);
    this.request = new Request(this.memory, this.memory.slot(0), () => undefined);
    this.volume = new Volume(this.request, new WorkerCounters(this.memory, 0), {
      geometry,
      rootFd,
      device,
      timeoutSeconds: 1,
      features: { ...DEFAULT_FEATURES, locks: 'local' },
      onLockWait: () => undefined,
      onPagesToDrop: () => undefined,
      onTree: () => undefined,
      allowPassthrough: true,
      onFault: (_opcode, error) => {
        throw error;
      },
    });
    if (dialect !== undefined) this.volume.settled.dialect = dialect;
  }

  /** Removes what was made. */
  dispose(): void {
    sys.close(this.#rootFd);
    sys.arenaRelease(this.memory.base);
    rmSync(this.source, { recursive: true, force: true });
  }

  /** Hands a request of root's to its operation: the payload's length or -errno. */
  handle(opcode: number, nodeid: bigint, body: Uint8Array, unique = 0n): number {
    const { memory, request } = this;
    const header = new DataView(memory.buffer, request.headerAt, IN_HEADER.SIZE);
    const length = IN_HEADER.SIZE + body.length;
    memory.u8.fill(0, request.headerAt, request.argumentAt);
    header.setUint32(IN_HEADER.len, length, true);
    header.setUint32(IN_HEADER.opcode, opcode, true);
    header.setBigUint64(IN_HEADER.nodeid, nodeid, true);
    header.setBigUint64(IN_HEADER.unique, unique, true);
    memory.u8.set(body, request.argumentAt);
    request.receive(length);
    this.volume.begin(request);
    return this.volume.handlers[opcode]?.(request) ?? -38;
  }

  /** The reply's payload. */
  payload(): DataView {
    return new DataView(this.memory.buffer, this.request.payloadAt, this.request.payloadCapacity);
  }

  /** The nodeid in an entry that is the reply. */
  entryNodeid(): bigint {
    return this.payload().getBigUint64(ENTRY_OUT.nodeid, true);
  }
}
