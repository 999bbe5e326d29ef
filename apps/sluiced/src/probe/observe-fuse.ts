/** What of FUSE is there: its device, what the kernel shows of it, mounts of others. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { FUSE_BPF_FEATURE } from '@sluice/session';
import type { Mount, ProbeReport } from '@sluice/session';
import { O, sys } from '@sluice/sys';
import { attempt } from './attempt.ts';

export function observeFuse(mounts: readonly Mount[], path = process.env['PATH'] ?? ''): ProbeReport['fuse'] {
  const device = sys.openPath('/dev/fuse', O.RDWR | O.CLOEXEC, 0);
  if (device >= 0) sys.close(device);
  return {
    device: attempt(device),
    connectionsVisible: mounts.some(({ type }) => type === 'fusectl'),
    fuseBpf: existsSync(FUSE_BPF_FEATURE),
    fusermount3: path
      .split(':')
      .some((directory) => directory !== '' && isProgram(join(directory, 'fusermount3'))),
    mounts: fuseMounts(mounts),
  };
}

/** By type: where they are is nobody's business. */
export function fuseMounts(mounts: readonly Mount[]): ProbeReport['fuse']['mounts'] {
  const counts = new Map<string, number>();
  for (const { type } of mounts) {
    if (/^fuse(blk)?(\.|$)/.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ type, count })).toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
