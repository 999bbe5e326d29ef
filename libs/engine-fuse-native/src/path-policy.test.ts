import { afterAll, describe, expect, it } from 'vitest';
import { ACCESS, ACTION, TYPE, decisionAction } from '@sluice/policy';
import { ERRNO } from '@sluice/sys';
import { mountOptions, mountTimeouts } from './mount-options.ts';
import { permit, permitLink, permitMove, permitNew, permitRemoval } from './path-permissions.ts';
import { PolicyInForce, bytes } from './policy.fixture.ts';

const POLICY = `version: 1
default: passthrough
rules:
  - { id: owner, match: { path: 'Secret/**', caller: { uid: [0, 10001] } }, action: passthrough }
  - { id: secret, match: { path: 'Secret' }, action: hide }
  - { id: locked, match: { path: 'Locked' }, action: deny(EACCES) }
  - { id: constant, match: { path: 'ReadOnly/**', access: [write, create] }, action: deny(EROFS) }
  - { id: photos, match: { extension: jpg }, action: redact }
  - { id: short, match: { path: 'Short/**' }, action: cached, options: { entry-timeout: 200ms, attribute-timeout: 3s } }
  - { id: someone, match: { path: 'Diary/**', caller: { uid: 10002 } }, action: hide }
`;
const inForce = new PolicyInForce(POLICY);
afterAll(() => inForce.release());
const policy = inForce.paths();
const { file, directory } = TYPE;
const actionAt = (path: string, asked = ACCESS.read as number): number =>
  decisionAction(policy.decide(bytes(path), file, asked, 0));

describe('a decision by path', () => {
  it('takes nobody for the caller, whether a rule grants or hides', () => {
    expect(actionAt('Secret/note.txt')).toBe(ACTION.hide);
    expect(actionAt('Diary/note.txt')).toBe(ACTION.passthrough);
  });

  it('never denies or hides the root', () => {
    for (const match of ["{ path: '**' }", '{ type: directory }']) {
      const directories = new PolicyInForce(`{ version: 1, rules: [{ match: ${match}, action: deny }] }`);
      const paths = directories.paths();
      expect(decisionAction(paths.decide(bytes(''), directory, ACCESS.read, 0))).not.toBe(ACTION.deny);
      expect(decisionAction(paths.decide(bytes('a'), directory, ACCESS.read, 0))).toBe(ACTION.deny);
      directories.release();
    }
  });

  it('is by the policy in force since the last refresh', () => {
    const changing = new PolicyInForce('{ version: 1, default: cached }');
    const paths = changing.paths();
    const action = (): number => decisionAction(paths.decide(bytes('a'), file, ACCESS.read, 0));
    expect(action()).toBe(ACTION.cached);
    changing.apply('{ version: 1, default: direct }');
    paths.refresh();
    expect(action()).toBe(ACTION.direct);
    changing.release();
  });

  it('stays what it was for a file that libfuse has put aside, also when its directory moves', () => {
    const aside = 'd/.fuse_hidden0000000400000001';
    expect(actionAt(aside)).toBe(ACTION.passthrough);
    policy.keepRemoved(bytes('d/photo.jpg'), bytes(aside));
    expect(actionAt(aside)).toBe(ACTION.redact);
    policy.moved(bytes('d'), bytes('e/f'));
    expect(actionAt(aside)).toBe(ACTION.passthrough);
    expect(actionAt(aside.replace('d/', 'e/f/'))).toBe(ACTION.redact);
    policy.forgetRemoved(bytes(aside.replace('d/', 'e/f/')));
    expect(actionAt(aside.replace('d/', 'e/f/'))).toBe(ACTION.passthrough);
  });
});

describe('what policy forbids by path', () => {
  it('says of what is hidden that it is not there, and refuses to make it', () => {
    expect(permit(policy, bytes('Secret'), directory, 0, 0)).toBe(-ERRNO.ENOENT);
    expect(permit(policy, bytes('Secret/x'), file, ACCESS.write, 0)).toBe(-ERRNO.ENOENT);
    expect(permitNew(policy, bytes('Secret/x'), file, ACCESS.create)).toBe(-ERRNO.EACCES);
    expect(permitRemoval(policy, bytes('Secret/x'), file)).toBe(-ERRNO.ENOENT);
  });

  it('shows what is denied, and lets nothing be done to it', () => {
    expect(permit(policy, bytes('Locked/x'), file, 0, 0)).toBe(0);
    expect(permit(policy, bytes('Locked/x'), file, ACCESS.read, 0)).toBe(-ERRNO.EACCES);
    expect(permitRemoval(policy, bytes('Locked/x'), file)).toBe(-ERRNO.EACCES);
    expect(permit(policy, bytes('ReadOnly/x'), file, ACCESS.read, 0)).toBe(0);
    expect(permitNew(policy, bytes('ReadOnly/x'), file, ACCESS.create)).toBe(-ERRNO.EROFS);
  });

  it('lets nothing be written to what is redacted', () => {
    expect(permit(policy, bytes('a.jpg'), file, ACCESS.read, 0)).toBe(0);
    expect(permit(policy, bytes('a.jpg'), file, ACCESS.write, 0)).toBe(-ERRNO.EACCES);
  });

  it('lets no move and no link lift a guard', () => {
    expect(permitMove(policy, bytes('a.jpg'), bytes('a.txt'), file, -1)).toBe(-ERRNO.EXDEV);
    expect(permitMove(policy, bytes('a.jpg'), bytes('b.jpg'), file, -1)).toBe(0);
    expect(permitMove(policy, bytes('a.txt'), bytes('Locked/a.txt'), file, -1)).toBe(-ERRNO.EACCES);
    expect(permitMove(policy, bytes('a.txt'), bytes('Locked'), file, directory)).toBe(-ERRNO.EACCES);
    expect(permitLink(policy, bytes('ReadOnly/x'), bytes('x'), file)).toBe(-ERRNO.EXDEV);
    expect(permitLink(policy, bytes('x'), bytes('y'), file)).toBe(0);
  });

  it('lets no directory move from beneath its guards', () => {
    const nested = new PolicyInForce(
      "{ version: 1, rules: [{ match: { path: 'Outer/Inner' }, action: hide }] }",
    );
    const paths = nested.paths();
    expect(permitMove(paths, bytes('Outer'), bytes('Other'), directory, -1)).toBe(-ERRNO.EXDEV);
    expect(permitMove(paths, bytes('Else'), bytes('Other'), directory, -1)).toBe(0);
    nested.release();
  });
});

describe('what libfuse is told when it mounts', () => {
  it('is the shortest of all timeouts', () => {
    expect(mountTimeouts(policy.image, 1000)).toEqual({ entryMs: 200, attributeMs: 1000 });
    expect(mountTimeouts(policy.image, 60_000)).toEqual({ entryMs: 200, attributeMs: 3000 });
    const defaults = new PolicyInForce('{ version: 1, default: cached, defaults: { attribute-timeout: 0 } }');
    expect(mountTimeouts(defaults.paths().image, 1000)).toEqual({ entryMs: 1000, attributeMs: 0 });
    defaults.release();
  });

  it('has timeouts in seconds, and set-id bits and devices only where they are wished', () => {
    const timeouts = { entryMs: 200, attributeMs: 0 };
    const { fsname } = mountOptions('live', timeouts, { suid: false, dev: false });
    expect(fsname).toBe('live,big_writes,use_ino,entry_timeout=0.2,attr_timeout=0,negative_timeout=0');
    expect(mountOptions('live', timeouts, { suid: true, dev: true }).fsname).toMatch(/,suid,dev$/);
  });
});
