/**
 * The names that nodes are known by: the latest in the node, others of a file with hard links as aliases. The caller of
 * these functions holds the table lock.
 */
import { HEADER } from '@sluice/session';
import { ALIAS, NODE, NODE_FLAG } from './layout.ts';
import { COUNTER } from './counters.ts';
import { tellMoved } from './tree-directory.ts';
import type { Volume } from './volume.ts';

/**
 * The node was reached by this name, `length` bytes at `nameAt` beneath the directory at `parentAt`: from now on it is the one
 * it is known by. `links`: names the lower object has; with several, the name before becomes an alias.
 */
export function nameNode(
  volume: Volume,
  at: number,
  parentAt: number,
  nameAt: number,
  length: number,
  links: number,
): void {
  const { nodes, aliases } = volume;
  // Forgotten while the request was under way, which no kernel does: it has no children any more.
  if (!nodes.flag(parentAt, NODE_FLAG.used)) return;
  const parent = nodes.slotOf(parentAt);
  if (nodes.flag(at, NODE_FLAG.held)) volume.letGoRemoved(at);
  const isDirectory = nodes.isDirectory(at);
  const hasSeveral = links > 1 && !isDirectory;
  if (hasSeveral) nodes.setFlag(at, NODE_FLAG.linked, true);
  else if (nodes.flag(at, NODE_FLAG.linked)) forgetAliases(volume, at);
  if (nodes.isNamed(at, parent, nameAt, length)) return;
  // A directory moved on the lower tree may be met before the kernel has noticed: never make it its own ancestor.
  if (isDirectory && nodes.isAncestor(at, parentAt)) return;
  const { memory } = nodes;
  if (hasSeveral) {
    const known = aliases.find(at, parent, nameAt, length);
    if (known !== 0) volume.releaseIfUnreferenced(aliases.drop(at, known));
    if (!aliases.keepName(at)) volume.counters.add(COUNTER.namesNotKept, 1);
  }
  const oldParent = memory.getU32(at + NODE.parent);
  if (!nodes.setName(at, parent, nameAt, length)) return;
  if (oldParent === 0) return;
  if (isDirectory) {
    memory.add(HEADER.pathEpoch, 1);
    tellMoved(volume, at);
  }
  volume.releaseIfUnreferenced(oldParent);
}

/** The name is gone, by UNLINK or RENAME through the mount; where another is known it takes its place. */
export function loseName(volume: Volume, at: number, parentAt: number, nameAt: number, length: number): void {
  const { nodes, aliases } = volume;
  const { memory } = nodes;
  const parent = nodes.slotOf(parentAt);
  const alias = aliases.find(at, parent, nameAt, length);
  if (alias !== 0) {
    volume.releaseIfUnreferenced(aliases.drop(at, alias));
    return;
  }
  const other = aliases.first(at);
  if (other === 0 || !nodes.isNamed(at, parent, nameAt, length)) return;
  const stored = memory.getU32(other + ALIAS.name);
  if (
    !nodes.setName(at, memory.getU32(other + ALIAS.parent), stored, memory.getU32(other + ALIAS.nameLength))
  )
    return;
  volume.releaseIfUnreferenced(parent);
  volume.releaseIfUnreferenced(aliases.drop(at, other));
}

/** It has one name left, whichever that is: the one by which it was just met. */
export function forgetAliases(volume: Volume, at: number): void {
  const { nodes, aliases } = volume;
  for (let alias = aliases.first(at); alias !== 0; alias = aliases.first(at)) {
    volume.releaseIfUnreferenced(aliases.drop(at, alias));
  }
  nodes.setFlag(at, NODE_FLAG.linked, false);
}
