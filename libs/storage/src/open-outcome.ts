/** What a decision comes to for an inode as it is now: the arbiter's part of an explanation. Off the serving path. */
import { ACCESS, ACTION, decisionAction, explainAuto } from '@sluice/policy';
import type { AutoCosts } from '@sluice/policy';
import type { Dialect } from '@sluice/session';
import { NODE } from './layout.ts';
import type { NodeTable } from './node-table.ts';
import {
  MODE_NAMES,
  OPEN_REASON_NAMES,
  chooseMode,
  exactReason,
  settleAction,
  spareMappings,
  spareSetId,
} from './open-mode.ts';

/** A lower file and the present opens of its node; all zero for a file that is not known or does not exist. */
export interface InodeNow {
  /** Bytes. */
  size: number;
  setId: boolean;
  registered: boolean;
  /** Opens since it became known. */
  opens: number;
  cached: number;
  direct: number;
  passthrough: number;
}

export interface Outcome {
  /** `passthrough`, `cached`, `direct`; `refused`, or `hidden`. */
  outcome: string;
  outcomeReason: string;
  /** How `auto` came to its action, a line for each step; empty where it was not asked. */
  arithmetic: string[];
}

/** Takes over what the node's record says of its opens. */
export function readOpens(nodes: NodeTable, at: number, now: InodeNow): void {
  const { memory } = nodes;
  now.registered = memory.getI32(at + NODE.backingId) > 0;
  now.opens = memory.getU32(at + NODE.opens);
  now.cached = memory.getU32(at + NODE.cachedOpens);
  now.direct = memory.getU32(at + NODE.directOpens);
  now.passthrough = memory.getU32(at + NODE.passthroughOpens);
}

/** `asked`: ACCESS bits. `mapsLower`: mappings see what passes the daemon by. `unprivileged`: there is no dialect for that reason. */
export function outcomeOf(
  decision: number,
  asked: number,
  now: InodeNow,
  costs: AutoCosts,
  dialect: Dialect,
  mapsLower: boolean,
  unprivileged = false,
): Outcome {
  const action = decisionAction(decision);
  if (action === ACTION.hide) return { outcome: 'hidden', outcomeReason: 'rule', arithmetic: [] };
  const writes = (asked & (ACCESS.write | ACCESS.create)) !== 0;
  if (action === ACTION.deny || (action === ACTION.redact && writes))
    return { outcome: 'refused', outcomeReason: 'rule', arithmetic: [] };
  const { size, registered } = now;
  const opens = dialect.owner === 'inode' ? now.opens : 0;
  const settled = settleAction(costs, decision, asked, size, registered, opens);
  const wanted = spareSetId(spareMappings(settled, decision, mapsLower), now.setId && writes);
  const chosen = chooseMode(dialect, wanted & 15, wanted >>> 4, now.cached, now.direct, now.passthrough);
  return {
    outcome: MODE_NAMES[chosen & 15] ?? '',
    outcomeReason: OPEN_REASON_NAMES[exactReason(chosen >>> 4, unprivileged)] ?? '',
    arithmetic: action === ACTION.auto ? explainAuto(costs, { asked, size, registered, opens }) : [],
  };
}
