/**
 * The operations by handler name (libs/wire opcodes.ts is the map of the protocol). What is not here is in `refused.ts`.
 */
import type { HandlerName } from '@sluice/wire';
import type { Operation } from '../volume.ts';
import { batchForget } from './batch-forget.ts';
import { copyFileRange, copyFileRange64 } from './copy-file-range.ts';
import { create } from './create.ts';
import { destroy } from './destroy.ts';
import { fallocate } from './fallocate.ts';
import { flush } from './flush.ts';
import { forget } from './forget.ts';
import { fsync } from './fsync.ts';
import { getattr } from './getattr.ts';
import { getlk } from './getlk.ts';
import { getxattr, listxattr } from './getxattr.ts';
import { init } from './init.ts';
import { interrupt } from './interrupt.ts';
import { ioctl } from './ioctl.ts';
import { link } from './link.ts';
import { lookup } from './lookup.ts';
import { lseek } from './lseek.ts';
import { mkdir } from './mkdir.ts';
import { mknod } from './mknod.ts';
import { open } from './open.ts';
import { opendir } from './opendir.ts';
import { read } from './read.ts';
import { readdir } from './readdir.ts';
import { readdirplus } from './readdirplus.ts';
import { readlink } from './readlink.ts';
import { release } from './release.ts';
import { rename, rename2 } from './rename.ts';
import { setattr } from './setattr.ts';
import { setlk } from './setlk.ts';
import { removexattr, setxattr } from './setxattr.ts';
import { statfs } from './statfs.ts';
import { statx } from './statx.ts';
import { symlink } from './symlink.ts';
import { syncfs } from './syncfs.ts';
import { tmpfile } from './tmpfile.ts';
import { rmdir, unlink } from './unlink.ts';
import { write } from './write.ts';

export const OPERATIONS = {
  init,
  destroy,
  lookup,
  forget,
  batchForget,
  getattr,
  setattr,
  readlink,
  symlink,
  mknod,
  mkdir,
  unlink,
  rmdir,
  rename,
  rename2,
  link,
  open,
  create,
  tmpfile,
  read,
  write,
  flush,
  release,
  fsync,
  opendir,
  readdir,
  readdirplus,
  releasedir: release,
  fsyncdir: fsync,
  statfs,
  statx,
  syncfs,
  ioctl,
  getxattr,
  setxattr,
  listxattr,
  removexattr,
  fallocate,
  lseek,
  copyFileRange,
  copyFileRange64,
  interrupt,
  getlk,
  setlk,
  setlkw: setlk,
} as const satisfies Partial<Record<HandlerName, Operation>>;

/** The operation under a handler's name; undefined for what is refused. */
export function operationOf(handler: HandlerName): Operation | undefined {
  return (OPERATIONS as Partial<Record<HandlerName, Operation>>)[handler];
}
