/** What is otherwise on a volume that fusermount3 has mounted, for status and log. */
import type { StorageOptions } from '@sluice/control';
import type { AssistedMount } from '@sluice/session';

export interface Unprivileged {
  /** As wished. */
  storage: Pick<StorageOptions, 'ownership' | 'suid' | 'dev'>;
  /** Objects can be created as any caller. */
  makesForOthers: boolean;
  /** A directory that policy calls a `tree` is not bound. */
  servedTrees: boolean;
}

/** Sentences without their full stop. */
export function unprivilegedWarnings(
  { program, allowsOthers, suid, dev }: AssistedMount,
  { storage, makesForOthers, servedTrees }: Unprivileged,
  user = process.getuid?.() ?? 0,
): string[] {
  const warnings = [
    `unprivileged: the daemon lacks CAP_SYS_ADMIN, so ${program} has mounted the volume and nothing passes through`,
  ];
  if (!allowsOthers) {
    warnings.push(
      `nobody but the user ${user} may enter the mount: user_allow_other is not set in /etc/fuse.conf`,
    );
  }
  if (!makesForOthers && storage.ownership !== 'preserve') {
    warnings.push(
      `what is made belongs to the user ${user} on the lower tree: the daemon lacks CAP_SETUID, CAP_SETGID or CAP_SETPCAP`,
    );
  } else if (!makesForOthers && allowsOthers) {
    warnings.push(
      `nobody but the user ${user} may make files (EPERM): the daemon lacks CAP_SETUID, CAP_SETGID or CAP_SETPCAP`,
    );
  }
  const ignored = [...(storage.suid && !suid ? ['suid'] : []), ...(storage.dev && !dev ? ['dev'] : [])];
  if (ignored.length > 0)
    warnings.push(`${ignored.join(' and ')} without effect: ${program} grants that to root alone`);
  if (servedTrees)
    warnings.push('tree rules: the daemon serves the directories, because binding them needs CAP_SYS_ADMIN');
  return warnings;
}
