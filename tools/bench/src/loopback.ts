/**
 * The operations of a loopback file system for fuse-native: the same calls on a directory beneath. Synchronous ones:
 * Node's asynchronous ones cost ten times as much, and the package serves one request at a time all the same.
 */
import * as fs from 'node:fs';
import { constants } from 'node:os';

/** 0 or a count for success, a negative errno otherwise; then the answer. */
type Done = (code: number) => void;
type DoneWith<T> = (code: number, answer?: T) => void;

export interface FuseOperations {
  getattr(path: string, done: DoneWith<fs.Stats>): void;
  fgetattr(path: string, fd: number, done: DoneWith<fs.Stats>): void;
  statfs(path: string, done: DoneWith<Record<string, number>>): void;
  readdir(path: string, done: DoneWith<string[]>): void;
  readlink(path: string, done: DoneWith<string>): void;
  open(path: string, flags: number, done: DoneWith<number>): void;
  create(path: string, mode: number, done: DoneWith<number>): void;
  read(path: string, fd: number, buffer: Buffer, length: number, position: number, done: Done): void;
  write(path: string, fd: number, buffer: Buffer, length: number, position: number, done: Done): void;
  release(path: string, fd: number, done: Done): void;
  fsync(path: string, dataOnly: number, fd: number, done: Done): void;
  truncate(path: string, size: number, done: Done): void;
  ftruncate(path: string, fd: number, size: number, done: Done): void;
  utimens(path: string, accessedMs: number, modifiedMs: number, done: Done): void;
  chmod(path: string, mode: number, done: Done): void;
  chown(path: string, user: number, group: number, done: Done): void;
  unlink(path: string, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  link(from: string, to: string, done: Done): void;
  symlink(target: string, path: string, done: Done): void;
  mkdir(path: string, mode: number, done: Done): void;
  rmdir(path: string, done: Done): void;
}

/** `source` is an absolute path. */
export function loopback(source: string): FuseOperations {
  const below = (path: string): string => source + path;
  return {
    getattr: (path, done) => answer(done, () => fs.lstatSync(below(path))),
    fgetattr: (_path, fd, done) => answer(done, () => fs.fstatSync(fd)),
    statfs: (path, done) => answer(done, () => statfs(below(path))),
    readdir: (path, done) => answer(done, () => fs.readdirSync(below(path))),
    readlink: (path, done) => answer(done, () => fs.readlinkSync(below(path))),
    open: (path, flags, done) => answer(done, () => fs.openSync(below(path), flags)),
    create: (path, mode, done) =>
      answer(done, () => fs.openSync(below(path), fs.constants.O_RDWR | fs.constants.O_CREAT, mode)),
    read: (_path, fd, buffer, length, position, done) =>
      count(done, () => fs.readSync(fd, buffer, 0, length, position)),
    write: (_path, fd, buffer, length, position, done) =>
      count(done, () => fs.writeSync(fd, buffer, 0, length, position)),
    release: (_path, fd, done) => perform(done, () => fs.closeSync(fd)),
    fsync: (_path, dataOnly, fd, done) =>
      perform(done, () => (dataOnly === 0 ? fs.fsyncSync(fd) : fs.fdatasyncSync(fd))),
    truncate: (path, size, done) => perform(done, () => fs.truncateSync(below(path), size)),
    ftruncate: (_path, fd, size, done) => perform(done, () => fs.ftruncateSync(fd, size)),
    utimens: (path, accessedMs, modifiedMs, done) =>
      perform(done, () => fs.lutimesSync(below(path), accessedMs / 1000, modifiedMs / 1000)),
    chmod: (path, mode, done) => perform(done, () => fs.chmodSync(below(path), mode)),
    chown: (path, user, group, done) => perform(done, () => fs.lchownSync(below(path), user, group)),
    unlink: (path, done) => perform(done, () => fs.unlinkSync(below(path))),
    rename: (from, to, done) => perform(done, () => fs.renameSync(below(from), below(to))),
    link: (from, to, done) => perform(done, () => fs.linkSync(below(from), below(to))),
    symlink: (target, path, done) => perform(done, () => fs.symlinkSync(target, below(path))),
    mkdir: (path, mode, done) => perform(done, () => void fs.mkdirSync(below(path), { mode })),
    rmdir: (path, done) => perform(done, () => fs.rmdirSync(below(path))),
  };
}

function answer<T>(done: DoneWith<T>, call: () => T): void {
  let result: T;
  try {
    result = call();
  } catch (error) {
    done(codeOf(error));
    return;
  }
  done(0, result);
}

function count(done: Done, call: () => number): void {
  let result: number;
  try {
    result = call();
  } catch (error) {
    result = codeOf(error);
  }
  done(result);
}

function perform(done: Done, call: () => void): void {
  count(done, () => {
    call();
    return 0;
  });
}

function codeOf(error: unknown): number {
  const name = (error as NodeJS.ErrnoException).code ?? 'EIO';
  return -((constants.errno as Readonly<Record<string, number>>)[name] ?? constants.errno.EIO);
}

function statfs(path: string): Record<string, number> {
  const { bsize, blocks, bfree, bavail, files, ffree } = fs.statfsSync(path);
  return { bsize, frsize: bsize, blocks, bfree, bavail, files, ffree, favail: ffree, namemax: 255 };
}
