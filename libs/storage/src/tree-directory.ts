/**
 * Directories whose subtree policy wants out of the daemon's hands (action `tree`): whoever may mount is told when one comes
 * to be known, and when a directory has moved. Until something is mounted on it, and where that cannot be, the daemon serves
 * it like anything that passes through. Without such a rule this is one look at a flag of the compiled policy.
 */
import { HEADER } from '@sluice/session';
import { NODE } from './layout.ts';
import { nodePath } from './node-path.ts';
import { ROOT } from './node-table.ts';
import type { Volume } from './volume.ts';

/** Told once for each name that the directory at `at` has under one policy. The caller holds the table lock. */
export function tellTree(volume: Volume, at: number, parentAt: number): void {
  const { nodes, policy, memory } = volume;
  if (!policy.image.trees || !nodes.isDirectory(at)) return;
  // Never 0, which is what new records have.
  const now = memory.load(HEADER.pathEpoch) + 1;
  if (memory.getU32(at + NODE.treeTold) === now) return;
  const state = policy.of(at);
  if (!policy.image.leavesWhole(state)) return;
  const isTop = nodes.slotOf(parentAt) === ROOT || !policy.image.leavesWhole(policy.of(parentAt));
  if (!isTop) return;
  memory.setU32(at + NODE.treeTold, now);
  tell(volume, at, false);
}

/** The directory at `at` has got another name: what is mounted in it may have to go or to come. Under the table lock. */
export function tellMoved(volume: Volume, at: number): void {
  if (volume.policy.image.trees && volume.nodes.isDirectory(at)) tell(volume, at, true);
}

function tell(volume: Volume, at: number, moved: boolean): void {
  const path = nodePath(volume.nodes, at);
  if (path !== undefined) volume.onTree(path, moved);
}
