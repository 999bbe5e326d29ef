/**
 * A trace replayed against policies, without a daemon: what each would have decided about every open, and which bytes would
 * have gone where.
 *
 * Bytes are those that READ and WRITE carried for an open while the trace was recorded. An open that passed through then moved
 * its bytes unseen: for it the size of the file is taken, and told apart as an estimate.
 */
import type { TraceEvent, TracedOpen } from '@sluice/control';
import type { AutoCosts, PolicyImage } from '@sluice/policy';
import { ACTION, TYPE, decisionAction, decisionRule, resolveAuto } from '@sluice/policy';

export interface ReplayPolicy {
  name: string;
  image: PolicyImage;
}

/** What one policy makes of a trace. */
export interface ReplayTotals {
  name: string;
  opens: number;
  /** Opens by action, with `auto` resolved. */
  actions: Record<string, number>;
  /** Opens by the rule that decided. */
  rules: Record<string, number>;
  bytesThroughDaemon: number;
  bytesPast: number;
  /** Of both, what is estimated by the size of the file. */
  bytesEstimated: number;
  /** Lookups of names that it hides from who looked. */
  lookupsHidden: number;
}

export interface ReplayChange {
  path: string;
  uid: number;
  fromAction: string;
  fromRule: string;
  toAction: string;
  toRule: string;
}

export interface Replay {
  events: number;
  /** As it was recorded. */
  recorded: ReplayTotals;
  policies: ReplayTotals[];
  /** Opens that the last policy decides otherwise than what it is compared with: the policy before it, or the recording. */
  changedOpens: number;
  /** By the rule that decides now. */
  changedByRule: Record<string, number>;
  samples: ReplayChange[];
}

export const MOST_SAMPLES = 20;

interface Decided {
  action: string;
  rule: string;
}

/** `policies`: one, compared with the recording; or two, the second compared with the first. */
export function replay(events: readonly TraceEvent[], policies: readonly ReplayPolicy[]): Replay {
  const carried = bytesByOpen(events);
  const recorded = totals('as recorded');
  const players = policies.map(({ name, image }) => ({ totals: totals(name), player: new Player(image) }));
  const result: Replay = {
    events: events.length,
    recorded,
    policies: players.map((each) => each.totals),
    changedOpens: 0,
    changedByRule: {},
    samples: [],
  };
  events.forEach((event, index) => {
    if (event.kind === 'lookup') {
      for (const each of players)
        if (each.player.hides(event.path, event.uid, event.gid)) each.totals.lookupsHidden++;
    }
    if (event.kind !== 'open') return;
    const moved = bytesOf(event, carried.get(index));
    const before: Decided = { action: event.mode, rule: event.rule };
    add(recorded, before, moved);
    const decisions = players.map((each) => {
      const decided = each.player.open(event);
      add(each.totals, decided, moved);
      return decided;
    });
    compare(
      result,
      event,
      decisions.length > 1 ? (decisions.at(-2) ?? before) : before,
      decisions.at(-1) ?? before,
    );
  });
  return result;
}

function compare(result: Replay, event: TracedOpen, from: Decided, to: Decided): void {
  if (from.action === to.action) return;
  result.changedOpens++;
  result.changedByRule[to.rule] = (result.changedByRule[to.rule] ?? 0) + 1;
  if (result.samples.length >= MOST_SAMPLES) return;
  const { path, uid } = event;
  result.samples.push({
    path,
    uid,
    fromAction: from.action,
    fromRule: from.rule,
    toAction: to.action,
    toRule: to.rule,
  });
}

/** One policy, and what `auto` has to remember. */
class Player {
  readonly #image: PolicyImage;
  /** Files that have passed through: they are registered, and `auto` passes them through again. */
  readonly #registered = new Set<string>();

  constructor(image: PolicyImage) {
    this.#image = image;
  }

  open({ path, uid, gid, asked, size }: TracedOpen): Decided {
    const image = this.#image;
    const decision = image.decide(this.#stateAt(path), image.callerClass(uid, gid), TYPE.file, asked, size);
    const rule = decisionRule(decision);
    const action =
      decisionAction(decision) === ACTION.auto
        ? resolveAuto(NOT_MEASURED, asked, size, this.#registered.has(path), 0) & 15
        : decisionAction(decision);
    if (action === ACTION.passthrough) this.#registered.add(path);
    return { action: nameOf(action), rule: rule === 0 ? 'default' : image.ruleId(rule - 1) };
  }

  hides(path: string, uid: number, gid: number): boolean {
    const image = this.#image;
    if (!image.guards) return false;
    const decision = image.decide(this.#stateAt(path), image.callerClass(uid, gid), TYPE.file, 0, 0);
    return decisionAction(decision) === ACTION.hide;
  }

  #stateAt(path: string): number {
    return this.#image.stateAt(new TextEncoder().encode(path));
  }
}

/** What registrations cost is not in the trace: a small file that is not registered counts as not worth one. */
const NOT_MEASURED: AutoCosts = { registration: 0, request: 0, daemonMiB: 0, passthroughMiB: 0 };

/** By the index of the open: handles come back, each open ends with the next close of its handle. */
function bytesByOpen(events: readonly TraceEvent[]): Map<number, number> {
  const bytes = new Map<number, number>();
  const open = new Map<string, number>();
  events.forEach((event, index) => {
    if (event.kind === 'open') open.set(event.handle, index);
    if (event.kind !== 'close') return;
    const opened = open.get(event.handle);
    open.delete(event.handle);
    if (opened !== undefined) bytes.set(opened, event.bytesRead + event.bytesWritten);
  });
  return bytes;
}

function bytesOf(
  { mode, size }: TracedOpen,
  carried: number | undefined,
): { bytes: number; estimated: boolean } {
  const isSeen = mode !== 'passthrough' && carried !== undefined;
  return isSeen ? { bytes: carried, estimated: false } : { bytes: size, estimated: true };
}

function add(
  to: ReplayTotals,
  { action, rule }: Decided,
  moved: { bytes: number; estimated: boolean },
): void {
  to.opens++;
  to.actions[action] = (to.actions[action] ?? 0) + 1;
  to.rules[rule] = (to.rules[rule] ?? 0) + 1;
  // Nothing is moved for who is refused.
  if (action === 'deny' || action === 'hide') return;
  if (action === 'passthrough' || action === 'tree') to.bytesPast += moved.bytes;
  else to.bytesThroughDaemon += moved.bytes;
  if (moved.estimated) to.bytesEstimated += moved.bytes;
}

function totals(name: string): ReplayTotals {
  return {
    name,
    opens: 0,
    actions: {},
    rules: {},
    bytesThroughDaemon: 0,
    bytesPast: 0,
    bytesEstimated: 0,
    lookupsHidden: 0,
  };
}

function nameOf(action: number): string {
  return Object.entries(ACTION).find(([, code]) => code === action)?.[0] ?? String(action);
}
