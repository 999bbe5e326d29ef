/**
 * The decision about a file as an extended attribute, for whoever asks on the mount: `getfattr -n user.sluice.decision FILE`.
 * It is no attribute of the lower file: it is not listed, and cannot be set or copied.
 */
import { ACCESS, ACTION, REASON, decisionAction, decisionReason, decisionRule } from '@sluice/policy';
import { AT, ERRNO, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { nameOf } from './explain.ts';
import { outcomeOf, readOpens } from './open-outcome.ts';
import type { InodeNow } from './open-outcome.ts';
import { hasSetId } from './privileges.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

const NAME = new TextEncoder().encode('user.sluice.decision\0');

/** Whether the NUL-terminated name at `nameAt` is this attribute's. */
export function isDecisionAttribute(request: Request, nameAt: number): boolean {
  const { u8 } = request.memory;
  return NAME.every((byte, index) => u8[nameAt + index] === byte);
}

/** Writes the text into the payload: its bytes, or -errno. `room`: bytes the caller has, 0: only the length is wanted. */
export function readDecision(volume: Volume, request: Request, at: number, fd: number, room: number): number {
  const { memory, payloadAt } = request;
  const statAt = volume.scratch(SCRATCH.stat);
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  if (result < 0) return result;
  const now: InodeNow = {
    size: memory.getU64Approximate(statAt + ATTR.size),
    setId: hasSetId(memory.getU32(statAt + ATTR.mode)),
    registered: false,
    opens: 0,
    cached: 0,
    direct: 0,
    passthrough: 0,
  };
  volume.lock.acquire();
  const decision = volume.decisions.about(request, at, ACCESS.read, now.size);
  readOpens(volume.nodes, at, now);
  const { image, epoch } = volume.policy;
  volume.lock.release();
  const rule = decisionRule(decision);
  const { outcome, outcomeReason } = outcomeOf(
    decision,
    ACCESS.read,
    now,
    volume.costs,
    volume.dialect,
    volume.mapsLowerFile,
  );
  const text = [
    `action=${nameOf(ACTION, decisionAction(decision))}`,
    `reason=${nameOf(REASON, decisionReason(decision))}`,
    `rule=${rule === 0 ? 'default' : image.ruleId(rule - 1)}`,
    `outcome=${outcome}`,
    `outcome-reason=${outcomeReason}`,
    `policy-epoch=${epoch}`,
  ].join('; ');
  const bytes = new TextEncoder().encode(text);
  if (room === 0) return bytes.length;
  if (bytes.length > room) return -ERRNO.ERANGE;
  memory.u8.set(bytes, payloadAt);
  return bytes.length;
}
