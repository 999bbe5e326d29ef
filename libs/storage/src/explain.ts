/**
 * What an open of a path would get, and why: the same automaton, decision and arbiter that serve opens, asked from outside
 * the serving path. Runs on the volume server's main thread.
 */
import { AT, ERRNO, O, RESOLVE, Scratch, errnoName, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import {
  ACCESS,
  ACTION,
  PolicyImage,
  REASON,
  decisionAction,
  decisionReason,
  decisionRule,
} from '@sluice/policy';
import { HEADER, Lock, POLICY_IMAGE_BYTES, dialectAt } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { NODE, planStorage } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { NodeTable } from './node-table.ts';
import { MODE_NAMES, OPEN_REASON_NAMES, chooseMode, spareSetId } from './open-mode.ts';
import { hasSetId } from './privileges.ts';

export interface ExplainQuery {
  /** Relative to the volume, without leading or doubled slashes; empty: the root. */
  path: string;
  /** ACCESS bits. */
  access: number;
  /** Bytes; undefined: the lower file's own. */
  size: number | undefined;
}

export interface ExplainResult {
  action: string;
  reason: string;
  rule: string;
  size: number;
  outcome: string;
  outcomeReason: string;
  policyEpoch: number;
}

export class Explainer {
  readonly #memory: SessionMemory;
  readonly #nodes: NodeTable;
  readonly #lock: Lock;
  readonly #rootFd: number;
  readonly #scratch = new Scratch();

  constructor(memory: SessionMemory, geometry: StorageGeometry, rootFd: number) {
    this.#memory = memory;
    this.#nodes = new NodeTable(memory, planStorage(geometry, memory.storageAt));
    this.#lock = new Lock(memory, HEADER.tableLock);
    this.#rootFd = rootFd;
  }

  /** Throws a sentence for people if the path cannot be looked at on the lower tree. */
  explain(query: ExplainQuery): ExplainResult {
    const memory = this.#memory;
    const epoch = memory.load(HEADER.policyEpoch);
    const image = new PolicyImage(memory.buffer, memory.policyAt + (epoch & 1) * POLICY_IMAGE_BYTES);
    const bytes = new TextEncoder().encode(query.path);
    let state = image.rootState;
    for (let start = 0; start < bytes.length;) {
      const slash = bytes.indexOf(0x2f, start);
      const end = slash < 0 ? bytes.length : slash;
      state = image.step(state, bytes, start, end);
      start = end + 1;
    }
    const lower = this.#lowerFile(bytes);
    const size = query.size ?? lower.size;
    const decision = image.decide(state, query.access, size, lower.registered);
    const rule = decisionRule(decision);
    const privileged = lower.setId && (query.access & ACCESS.write) !== 0;
    const wanted = spareSetId(decisionAction(decision), decisionReason(decision), privileged);
    const chosen = chooseMode(
      wanted & 15,
      wanted >>> 4,
      dialectAt(memory.getU32(HEADER.initDialect)).name !== 'none',
      lower.cached,
      lower.direct,
      lower.passthrough,
    );
    return {
      action: nameOf(ACTION, decisionAction(decision)),
      reason: nameOf(REASON, decisionReason(decision)),
      rule: rule === 0 ? 'default' : image.ruleId(rule - 1),
      size,
      outcome: MODE_NAMES[chosen & 15] ?? '',
      outcomeReason: OPEN_REASON_NAMES[chosen >>> 4] ?? '',
      policyEpoch: epoch,
    };
  }

  /** Size and set-id bits of the lower file and the present opens of its node; all zero for a file that does not exist yet. */
  #lowerFile(path: Uint8Array): InodeNow {
    const now: InodeNow = { size: 0, setId: false, registered: false, cached: 0, direct: 0, passthrough: 0 };
    const scratch = this.#scratch;
    scratch.reset();
    const memory = this.#memory;
    const fd = openBeneath(this.#rootFd, path, scratch);
    if (fd === -ERRNO.ENOENT) return now;
    if (fd < 0) throw new Error(`the lower file cannot be looked at: ${errnoName(fd)}`);
    const stat = scratch.bytes(128);
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, stat);
    sys.close(fd);
    if (result < 0) throw new Error(`the lower file cannot be looked at: ${errnoName(result)}`);
    const record = scratch.bytesAt(stat, 112);
    now.size = Number(scratch.u64At(stat + ATTR.size));
    now.setId = hasSetId(scratch.u32At(stat + ATTR.mode));
    this.#lock.acquire();
    const at = this.#nodes.findByRecord(record);
    if (at !== 0) {
      now.registered = memory.getI32(at + NODE.backingId) > 0;
      now.cached = memory.getU32(at + NODE.cachedOpens);
      now.direct = memory.getU32(at + NODE.directOpens);
      now.passthrough = memory.getU32(at + NODE.passthroughOpens);
    }
    this.#lock.release();
    return now;
  }
}

interface InodeNow {
  size: number;
  setId: boolean;
  registered: boolean;
  cached: number;
  direct: number;
  passthrough: number;
}

/** Opens a path beneath `rootFd`, never leaving it and never following a symlink: an O_PATH descriptor or -errno. */
export function openBeneath(rootFd: number, path: Uint8Array, scratch: Scratch): number {
  const flags = O.PATH | O.NOFOLLOW | O.CLOEXEC;
  if (path.length === 0) return sys.reopen(rootFd, O.PATH | O.DIRECTORY | O.CLOEXEC);
  const whole = sys.openat2(
    rootFd,
    scratch.string(path),
    flags,
    0,
    RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS,
  );
  return whole === -ERRNO.ENOSYS ? openByComponents(rootFd, path, flags, scratch) : whole;
}

/** Before Linux 5.6 there is no openat2: one component at a time, none of them a symlink or "..". */
export function openByComponents(rootFd: number, path: Uint8Array, flags: number, scratch: Scratch): number {
  let directory = rootFd;
  for (let start = 0; start <= path.length;) {
    const slash = path.indexOf(0x2f, start);
    const end = slash < 0 ? path.length : slash;
    const name = path.subarray(start, end);
    const isUp = name.length === 2 && name[0] === 0x2e && name[1] === 0x2e;
    const last = end === path.length;
    const next = isUp
      ? -ERRNO.EXDEV
      : sys.openat(directory, scratch.string(name), last ? flags : flags | O.DIRECTORY, 0);
    if (directory !== rootFd) sys.close(directory);
    if (next < 0 || last) return next;
    directory = next;
    start = end + 1;
  }
  return -ERRNO.EINVAL;
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(table).find((name) => table[name] === value) ?? String(value);
}
