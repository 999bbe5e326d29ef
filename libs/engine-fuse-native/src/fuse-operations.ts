/** The operations that fuse-native asks for, as far as they are answered here. Paths begin with "/". */

/** 0 or a count for success, -errno otherwise. */
export type Done = (code: number) => void;
export type DoneWith<T> = (code: number, answer?: T) => void;

/** What the package makes a `struct stat` of: numbers of 32 bits, but for the size, blocks and times. */
export interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  nlink: number;
  ino: number;
  rdev: number;
  blksize: number;
  blocks: number;
  /** Milliseconds since 1970, not before. */
  atime: number;
  mtime: number;
  ctime: number;
}

/** Of an entry of a directory: what readdir(3) tells. */
export interface EntryAttributes {
  mode: number;
  ino: number;
}

/** What the package makes a `struct statvfs` of: numbers of 32 bits. */
export interface FileSystemFacts {
  bsize: number;
  frsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
  favail: number;
  namemax: number;
}

export interface FuseOperations {
  getattr(path: string, done: DoneWith<Attributes>): void;
  /** Of an open file. The package asks `getattr` instead, but only where this is there. */
  fgetattr(path: string, handle: number, done: DoneWith<Attributes>): void;
  statfs(path: string, done: DoneWith<FileSystemFacts>): void;
  opendir(path: string, flags: number, done: DoneWith<number>): void;
  readdir(path: string, done: (code: number, names?: string[], entries?: EntryAttributes[]) => void): void;
  readlink(path: string, done: DoneWith<string>): void;
  open(path: string, flags: number, done: DoneWith<number>): void;
  create(path: string, mode: number, done: DoneWith<number>): void;
  read(path: string, handle: number, buffer: Buffer, length: number, position: number, done: Done): void;
  write(path: string, handle: number, buffer: Buffer, length: number, position: number, done: Done): void;
  release(path: string, handle: number, done: Done): void;
  fsync(path: string, dataOnly: number, handle: number, done: Done): void;
  fsyncdir(path: string, dataOnly: number, handle: number, done: Done): void;
  truncate(path: string, size: number, done: Done): void;
  ftruncate(path: string, handle: number, size: number, done: Done): void;
  utimens(path: string, accessedMs: number, modifiedMs: number, done: Done): void;
  chmod(path: string, mode: number, done: Done): void;
  chown(path: string, uid: number, gid: number, done: Done): void;
  mknod(path: string, mode: number, device: number, done: Done): void;
  mkdir(path: string, mode: number, done: Done): void;
  symlink(target: string, path: string, done: Done): void;
  link(from: string, to: string, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  unlink(path: string, done: Done): void;
  rmdir(path: string, done: Done): void;
  getxattr(path: string, name: string, position: number, done: DoneWith<Buffer>): void;
  setxattr(path: string, name: string, value: Buffer, position: number, flags: number, done: Done): void;
  listxattr(path: string, done: DoneWith<string[]>): void;
  removexattr(path: string, name: string, done: Done): void;
}
