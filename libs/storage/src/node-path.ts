/** A node's path, for people and for calls beneath the root. The caller holds the table lock. */
import { NODE } from './layout.ts';
import { ROOT } from './node-table.ts';
import type { NodeTable } from './node-table.ts';

/** PATH_MAX. */
const LONGEST = 4096;

/** Bytes, relative to the volume; empty for the root. Undefined: it is longer than paths are, or leads nowhere. */
export function nodePath(nodes: NodeTable, at: number): Uint8Array | undefined {
  const { memory } = nodes;
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let up = at; nodes.slotOf(up) !== ROOT;) {
    const parent = memory.getU32(up + NODE.parent);
    const name = memory.getU32(up + NODE.name);
    const bytes = memory.getU32(up + NODE.nameLength);
    length += bytes + 1;
    if (parent === 0 || length > LONGEST + 1) return undefined;
    parts.push(memory.u8.slice(name, name + bytes));
    up = nodes.at(parent);
  }
  const path = new Uint8Array(Math.max(0, length - 1));
  let to = 0;
  for (const part of parts.reverse()) {
    path.set(part, to);
    to += part.length + 1;
    if (to <= path.length) path[to - 1] = 0x2f;
  }
  return path;
}

/** The same as text. */
export function nodePathText(nodes: NodeTable, at: number): string {
  const path = nodePath(nodes, at);
  return path === undefined ? '(a path that is not known)' : new TextDecoder().decode(path);
}
