/** An ext4 of its own for the suite: what it states of limits and errors is stated of ext4 as mkfs makes it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, sh } from '../daemon.ts';

export interface Ext4 {
  /** An empty directory on it. */
  directory: string;
  remove(): Promise<void>;
}

export async function makeExt4(): Promise<Ext4> {
  const base = mkdtempSync('/var/tmp/sluice-ext4-');
  const mount = join(base, 'mounted');
  mkdirSync(mount);
  // Large enough not to be a "small" file system of mke2fs.conf(5), which has other blocks and inodes.
  const made = await sh(
    `truncate -s 2G ${base}/image && mkfs.ext4 -q -b 4096 -I 256 ${base}/image && mount -o loop ${base}/image ${mount}`,
  );
  if (made.code !== 0) {
    rmSync(base, { recursive: true, force: true });
    throw new Error(`no ext4 could be made: ${made.stderr}`);
  }
  const directory = join(mount, 'tree');
  mkdirSync(directory);
  return {
    directory,
    remove: async () => {
      const { code } = await run('umount', [mount]);
      if (code !== 0) await run('umount', ['-l', mount]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}
