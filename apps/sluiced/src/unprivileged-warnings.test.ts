import { describe, expect, it } from 'vitest';
import { unprivilegedWarnings } from './unprivileged-warnings.ts';

const mounted = { device: 9, program: '/usr/bin/fusermount3', allowsOthers: false, suid: false, dev: false };
const storage = { ownership: 'preserve', suid: false, dev: false } as const;
const wished = { storage, makesForOthers: false, servedTrees: false };

describe('the warnings of a volume that fusermount3 has mounted', () => {
  it('say that nothing passes through, and who may enter', () => {
    expect(unprivilegedWarnings(mounted, wished, 1000)).toEqual([
      'unprivileged: the daemon lacks CAP_SYS_ADMIN, so /usr/bin/fusermount3 has mounted the volume and nothing passes through',
      'nobody but the user 1000 may enter the mount: user_allow_other is not set in /etc/fuse.conf',
    ]);
  });

  it('say who may make files only where others may enter', () => {
    const open = { ...mounted, allowsOthers: true };
    expect(unprivilegedWarnings(open, wished, 1000).slice(1)).toEqual([
      'nobody but the user 1000 may make files (EPERM): the daemon lacks CAP_SETUID, CAP_SETGID or CAP_SETPCAP',
    ]);
    expect(unprivilegedWarnings(open, { ...wished, makesForOthers: true }, 1000)).toHaveLength(1);
  });

  it('say whose files are that are shown as somebody else’s', () => {
    const android = { ...wished, storage: { ...storage, ownership: 'android' } } as const;
    expect(unprivilegedWarnings(mounted, android, 1000)[2]).toContain(
      'belongs to the user 1000 on the lower tree',
    );
  });

  it('name options and rules without effect', () => {
    const asked = { ...wished, servedTrees: true, storage: { ...storage, suid: true, dev: true } };
    expect(unprivilegedWarnings(mounted, asked, 1000).slice(2)).toEqual([
      'suid and dev without effect: /usr/bin/fusermount3 grants that to root alone',
      'tree rules: the daemon serves the directories, because binding them needs CAP_SYS_ADMIN',
    ]);
    const granted = { ...mounted, suid: true };
    expect(unprivilegedWarnings(granted, { ...asked, servedTrees: false }, 0)[2]).toMatch(
      /^dev without effect/,
    );
  });
});
