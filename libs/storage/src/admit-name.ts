/**
 * The last step of a LOOKUP, and of all that answers with an entry: what policy makes of the name for this caller. A hidden
 * name does not exist for it; of a file whose location is hidden it gets another node, the redacted view
 * (docs/adr/0011-names-and-views.md). Without a rule that shapes names this costs one look at a flag.
 */
import { ACTION, MAY, decisionAction } from '@sluice/policy';
import { ERRNO } from '@sluice/sys';
import { ENTRY_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeNanoseconds, timesMayDrift } from './attribute-validity.ts';
import { NODE, NODE_FLAG } from './layout.ts';
import { nameNode } from './node-names.ts';
import { tellTree } from './tree-directory.ts';
import type { Volume } from './volume.ts';

/** A directory that is hidden from the caller: the caller of {@link admit} looks whether it leads to a mount. */
export const HIDDEN_DIRECTORY = -1_000_001;

export const ADMIT = {
  byPolicy: 0,
  /** The request has just made the object: its maker gets the plain view. */
  own: 1,
  /** A directory that leads to a mount is shown even where policy hides it: refusing it would end the mount for everybody. */
  evenHidden: 2,
} as const;

/**
 * Names the plain node at `at`, decides about it, counts a lookup and fills the entry at `entryAt`, all but its attributes.
 * `links`: of the lower object. `handleAt`: its file handle, 0 if not read. The caller holds the table lock.
 * 0, -errno or HIDDEN_DIRECTORY.
 */
export function admit(
  volume: Volume,
  request: Request,
  at: number,
  parentAt: number,
  nameAt: number,
  length: number,
  statAt: number,
  handleAt: number,
  links: number,
  entryAt: number,
  how: number,
): number {
  const { nodes, policy, decisions } = volume;
  if (length > 0) nameNode(volume, at, parentAt, nameAt, length, links);
  policy.refresh();
  tellTree(volume, at, parentAt);
  if (!policy.image.shapesNames) {
    nodes.addLookup(at);
    fillEntry(volume, request, at, entryAt, -1, -1);
    return 0;
  }
  const decision = decisions.about(request, at, 0, 0);
  const action = decisionAction(decision);
  if (action === ACTION.hide && how === ADMIT.byPolicy) {
    const isDirectory = nodes.isDirectory(at);
    volume.releaseIfUnreferenced(nodes.slotOf(at));
    return isDirectory ? HIDDEN_DIRECTORY : -ERRNO.ENOENT;
  }
  const may = decisions.may(at);
  let shown = at;
  if (action === ACTION.redact && how !== ADMIT.own && nodes.isRegular(at)) {
    shown = redactedView(volume, at, parentAt, nameAt, length, statAt, handleAt, links);
    if (shown === 0) return -ERRNO.ENOMEM;
  }
  nodes.addLookup(shown);
  if (shown !== at) volume.releaseIfUnreferenced(nodes.slotOf(at));
  const { image } = policy;
  // Where somebody may not know the name, everybody is asked for it: a cached name would answer for another caller.
  const entryMs = (may & MAY.hide) !== 0 ? 0 : image.entryTimeoutMs(decision);
  fillEntry(volume, request, shown, entryAt, entryMs, image.attributeTimeoutMs(decision));
  return 0;
}

function redactedView(
  volume: Volume,
  plainAt: number,
  parentAt: number,
  nameAt: number,
  length: number,
  statAt: number,
  handleAt: number,
  links: number,
): number {
  const { nodes } = volume;
  let at = nodes.findByIdentity(statAt, NODE_FLAG.redacted);
  if (at !== 0 && handleAt !== 0 && !nodes.hasHandle(at, handleAt)) {
    nodes.disown(at);
    at = 0;
  }
  if (at === 0) at = nodes.create(statAt, handleAt, NODE_FLAG.redacted);
  if (at === 0) return 0;
  if (nodes.flag(plainAt, NODE_FLAG.linked)) nodes.setFlag(at, NODE_FLAG.linked, true);
  if (length > 0) nameNode(volume, at, parentAt, nameAt, length, links);
  return at;
}

/** What of an entry does not come from the lower object. Timeouts in milliseconds, -1: the volume's own. */
export function fillEntry(
  volume: Volume,
  request: Request,
  at: number,
  entryAt: number,
  entryMs: number,
  attributeMs: number,
): void {
  const { memory } = request;
  const { nodes } = volume;
  const generation = memory.getU32(at + NODE.generation);
  memory.setU32(entryAt + ENTRY_OUT.nodeid, nodes.slotOf(at));
  memory.setU32(entryAt + ENTRY_OUT.nodeid + 4, generation);
  memory.setU32(entryAt + ENTRY_OUT.generation, generation);
  memory.setU32(entryAt + ENTRY_OUT.generation + 4, 0);
  const entrySeconds = entryMs < 0 ? volume.validSeconds : Math.floor(entryMs / 1000);
  const entryNanoseconds = entryMs < 0 ? volume.validNanoseconds : (entryMs % 1000) * 1_000_000;
  memory.setU32(entryAt + ENTRY_OUT.entry_valid, entrySeconds);
  memory.setU32(entryAt + ENTRY_OUT.entry_valid + 4, 0);
  memory.setU32(entryAt + ENTRY_OUT.entry_valid_nsec, entryNanoseconds);
  const ms = timesMayDrift(volume, at) ? 0 : attributeMs;
  const seconds = ms < 0 ? volume.validSeconds : Math.floor(ms / 1000);
  memory.setU32(entryAt + ENTRY_OUT.attr_valid, seconds);
  memory.setU32(entryAt + ENTRY_OUT.attr_valid + 4, 0);
  const nanoseconds = attributeNanoseconds(volume, nodes.isDirectory(at), ms);
  memory.setU32(entryAt + ENTRY_OUT.attr_valid_nsec, nanoseconds);
}
