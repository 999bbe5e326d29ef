import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loopback } from './loopback.ts';
import type { FuseOperations } from './loopback.ts';

describe('the loopback file system for fuse-native', () => {
  let source: string;
  let operations: FuseOperations;
  beforeEach(() => {
    source = mkdtempSync(join(tmpdir(), 'sluice-bench-loopback-'));
    operations = loopback(source);
  });
  afterEach(() => {
    rmSync(source, { recursive: true });
  });
  const code = (call: (done: (code: number) => void) => void): number => {
    let result = NaN;
    call((given) => (result = given));
    return result;
  };
  const answerOf = <T>(call: (done: (code: number, answer?: T) => void) => void): T | undefined => {
    let result: T | undefined;
    call((given, answer) => {
      expect(given).toBe(0);
      result = answer;
    });
    return result;
  };

  it('creates, writes at a place, reads back and closes', () => {
    const fd = answerOf<number>((done) => operations.create('/a', 0o644, done)) ?? -1;
    expect(code((done) => operations.write('/a', fd, Buffer.from('xxhello'), 5, 0, done))).toBe(5);
    expect(code((done) => operations.write('/a', fd, Buffer.from('!!'), 2, 5, done))).toBe(2);
    const buffer = Buffer.alloc(10);
    expect(code((done) => operations.read('/a', fd, buffer, 10, 2, done))).toBe(5);
    expect(buffer.toString('utf8', 0, 5)).toBe('hel!!');
    expect(code((done) => operations.release('/a', fd, done))).toBe(0);
    expect(readFileSync(join(source, 'a'), 'utf8')).toBe('xxhel!!');
  });

  it('answers failures with the negative errno', () => {
    const { ENOENT, ENOTEMPTY, EBADF } = constants.errno;
    expect(code((done) => operations.getattr('/none', done))).toBe(-ENOENT);
    expect(code((done) => operations.unlink('/none', done))).toBe(-ENOENT);
    expect(code((done) => operations.read('/x', 9999, Buffer.alloc(1), 1, 0, done))).toBe(-EBADF);
    operations.mkdir('/d', 0o755, () => undefined);
    writeFileSync(join(source, 'd', 'f'), '');
    expect(code((done) => operations.rmdir('/d', done))).toBe(-ENOTEMPTY);
  });

  it('lists, renames, links and removes beneath the source', () => {
    writeFileSync(join(source, 'a'), 'a');
    expect(code((done) => operations.rename('/a', '/b', done))).toBe(0);
    expect(code((done) => operations.link('/b', '/c', done))).toBe(0);
    expect(code((done) => operations.symlink('c', '/s', done))).toBe(0);
    expect(answerOf<string>((done) => operations.readlink('/s', done))).toBe('c');
    expect(answerOf<string[]>((done) => operations.readdir('/', done))?.toSorted()).toEqual(['b', 'c', 's']);
    expect(answerOf<Stats>((done) => operations.getattr('/s', done))?.isSymbolicLink()).toBe(true);
    expect(code((done) => operations.unlink('/b', done))).toBe(0);
    expect(existsSync(join(source, 'b'))).toBe(false);
  });

  it('sets size, mode and times, which come in milliseconds', () => {
    writeFileSync(join(source, 'a'), 'abc');
    expect(code((done) => operations.truncate('/a', 1, done))).toBe(0);
    expect(code((done) => operations.chmod('/a', 0o600, done))).toBe(0);
    expect(code((done) => operations.utimens('/a', 1_500, 2_500, done))).toBe(0);
    const { size, mode, mtimeMs } = statSync(join(source, 'a'));
    expect([size, mode & 0o777, mtimeMs]).toEqual([1, 0o600, 2500]);
  });
});
