/**
 * What policy says of a path and a caller, and what an open of it would get, and why: the same automaton, decision and arbiter
 * that serve opens, asked from outside the serving path. Runs on the volume server's main thread.
 */
import { AT, ERRNO, Scratch, errnoName, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { ACTION, REASON, TYPE, decisionAction, decisionReason, decisionRule } from '@sluice/policy';
import { HEADER, Lock, dialectAt, isUnprivileged, mapsLowerFile } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { Aliases } from './aliases.ts';
import { readCosts } from './auto-costs.ts';
import { Decisions, stricter, typeOfMode } from './decisions.ts';
import { planStorage } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import { NodeTable } from './node-table.ts';
import { openBeneath } from './open-beneath.ts';
import { outcomeOf, readOpens } from './open-outcome.ts';
import type { InodeNow, Outcome } from './open-outcome.ts';
import { PolicyStates } from './policy-state.ts';
import { hasSetId } from './privileges.ts';

export interface ExplainQuery {
  /** Relative to the volume, without leading or doubled slashes; empty: the root. */
  path: string;
  /** ACCESS bits; 0: the name alone. */
  asked: number;
  uid: number;
  gid: number;
  /** Bytes; undefined: the lower file's own. */
  size: number | undefined;
  /** TYPE; undefined: the lower object's own, a file where there is none. */
  type: number | undefined;
}

export interface ExplainResult extends Outcome {
  /** Name of the ACTION. */
  action: string;
  reason: string;
  /** Id of the deciding rule, or `default`. */
  rule: string;
  why: string;
  size: number;
  /** Name of the TYPE. */
  type: string;
  /** Name of the errno that a denied open gets, else empty. */
  errno: string;
  /** Milliseconds; -1: the volume's own. */
  entryTimeoutMs: number;
  attributeTimeoutMs: number;
  /** Bytes read ahead when it is opened. */
  readAhead: number;
  keepCache: boolean;
  policyEpoch: number;
  callerClass: number;
}

export class Explainer {
  readonly #memory: SessionMemory;
  readonly #nodes: NodeTable;
  readonly #states: PolicyStates;
  readonly #decisions: Decisions;
  readonly #lock: Lock;
  readonly #rootFd: number;
  readonly #scratch = new Scratch();

  /** After a policy has been written into session memory. */
  constructor(memory: SessionMemory, geometry: StorageGeometry, rootFd: number) {
    this.#memory = memory;
    this.#nodes = new NodeTable(memory, planStorage(geometry, memory.storageAt));
    this.#states = new PolicyStates(this.#nodes);
    this.#decisions = new Decisions(this.#nodes, this.#states, new Aliases(this.#nodes));
    this.#lock = new Lock(memory, HEADER.tableLock);
    this.#rootFd = rootFd;
  }

  /** Throws a sentence for people if the path cannot be looked at on the lower tree. */
  explain(query: ExplainQuery): ExplainResult {
    const memory = this.#memory;
    const bytes = new TextEncoder().encode(query.path);
    const { now, type: ownType, record } = this.#lowerObject(bytes);
    const type = query.type ?? ownType;
    if (query.size !== undefined) now.size = query.size;
    const { asked } = query;

    this.#lock.acquire();
    this.#states.refresh();
    const { image, epoch } = this.#states;
    const state = image.stateAt(bytes);
    const callerClass = this.#decisions.callerClass(query);
    let decision = image.decide(state, callerClass, type, asked, now.size);
    const at = record === undefined ? 0 : this.#nodes.findByRecord(record);
    if (at !== 0 && query.type === undefined)
      decision = stricter(decision, this.#decisions.about(query, at, asked, now.size));
    const view = decisionAction(decision) === ACTION.redact && at !== 0 ? this.#nodes.otherView(at) : at;
    if (view !== 0) readOpens(this.#nodes, view, now);
    this.#lock.release();

    const dialect = dialectAt(memory.getU32(HEADER.initDialect));
    const mapsLower = mapsLowerFile(memory, dialect);
    const rule = decisionRule(decision);
    const isDenied = decisionAction(decision) === ACTION.deny;
    return {
      action: nameOf(ACTION, decisionAction(decision)),
      reason: nameOf(REASON, decisionReason(decision)),
      rule: rule === 0 ? 'default' : image.ruleId(rule - 1),
      why: rule === 0 ? '' : image.ruleWhy(rule - 1),
      size: now.size,
      type: nameOf(TYPE, type),
      errno: isDenied ? errnoName(-image.ruleErrno(decision)) : '',
      entryTimeoutMs: image.entryTimeoutMs(decision),
      attributeTimeoutMs: image.attributeTimeoutMs(decision),
      readAhead: image.readAhead(decision),
      keepCache: image.keepCache(decision),
      ...outcomeOf(decision, asked, now, readCosts(memory), dialect, mapsLower, isUnprivileged(memory)),
      policyEpoch: epoch,
      callerClass,
    };
  }

  /** What is known of the path's lower object; nothing, and a file, if there is none. */
  #lowerObject(path: Uint8Array): { now: InodeNow; type: number; record: Uint8Array | undefined } {
    const now: InodeNow = {
      size: 0,
      setId: false,
      registered: false,
      opens: 0,
      cached: 0,
      direct: 0,
      passthrough: 0,
    };
    const scratch = this.#scratch;
    scratch.reset();
    const fd = openBeneath(this.#rootFd, path, scratch);
    if (fd === -ERRNO.ENOENT) return { now, type: TYPE.file, record: undefined };
    if (fd < 0) throw new Error(`the lower file cannot be looked at: ${errnoName(fd)}`);
    const stat = scratch.bytes(128);
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, stat);
    sys.close(fd);
    if (result < 0) throw new Error(`the lower file cannot be looked at: ${errnoName(result)}`);
    const mode = scratch.u32At(stat + ATTR.mode);
    now.size = Number(scratch.u64At(stat + ATTR.size));
    now.setId = hasSetId(mode);
    return { now, type: typeOfMode(mode), record: scratch.bytesAt(stat, 112) };
  }
}

/** The name of a code, in a table such as ACTION. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(table).find((name) => table[name] === value) ?? String(value);
}
