import type { ProbeReport } from '@sluice/session';

/** Whether a daemon that may not mount would be served by fusermount3, a program that has the right to. */
export function canBeAssisted({ fuse, privileges }: ProbeReport): boolean {
  const { capabilities, sysAdminInBoundingSet, noNewPrivileges } = privileges;
  return !capabilities.SYS_ADMIN && fuse.fusermount3 && sysAdminInBoundingSet && !noNewPrivileges;
}
