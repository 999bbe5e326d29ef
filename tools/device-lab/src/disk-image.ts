/** ext4 images made from directories, without mounting anything. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execute } from './programs.ts';

const MIB = 1 << 20;

/** A sparse file of `mib` MiB with an ext4 file system; `content` is a directory to copy into it. */
export async function makeExt4(path: string, mib: number, content?: string): Promise<void> {
  rmSync(path, { force: true });
  writeFileSync(path, '');
  truncateSync(path, mib * MIB);
  const features = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard';
  const source = content === undefined ? [] : ['-d', content];
  await execute('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', features, ...source, path]);
}

/** The size of a directory's content in MiB, with room for the file system's own tables. */
export async function mibFor(directory: string, freeMib = 16): Promise<number> {
  const kib = Number((await execute('du', ['-sk', '--apparent-size', directory])).split('\t')[0]);
  const files = Number((await execute('sh', ['-c', 'find "$1" | wc -l', 'sh', directory])).trim());
  // A block of 4 KiB may be used to its half by each file.
  return Math.ceil((kib * 1.1 + files * 4) / 1024) + freeMib;
}
