/** Whether names that differ only in case are one name on the lower file system: policies have to see them as it does. */
import { statfsSync } from 'node:fs';
import { Scratch, sys } from '@sluice/sys';

/** linux/fs.h. */
const FS_IOC_GETFLAGS = 0x8008_6601;
const FS_CASEFOLD_FL = 0x4000_0000;

/** f_type (statfs(2), linux/magic.h) of file systems that ignore case always or by default. */
const IGNORING = new Set([
  0x4d44, // vfat
  0x2011_bab0, // exfat
  0x5dca_2df5, // sdcardfs
  0x7366_746e, // ntfs3
  0x5346_544e, // ntfs
  0x482b, // hfsplus
]);

/**
 * `rootFd`: a descriptor of the source, not O_PATH. True for a directory with the casefold attribute (ext4, f2fs, tmpfs:
 * chattr +F), which what is made in it inherits, and on a file system that ignores case.
 */
export function namesFold(rootFd: number): boolean {
  const scratch = new Scratch(4096);
  try {
    const flags = scratch.bytes(8);
    if (sys.ioctl(rootFd, FS_IOC_GETFLAGS, flags) >= 0 && (scratch.u32At(flags) & FS_CASEFOLD_FL) !== 0)
      return true;
    return IGNORING.has(statfsSync(`/proc/self/fd/${rootFd}`).type);
  } finally {
    scratch.release();
  }
}
