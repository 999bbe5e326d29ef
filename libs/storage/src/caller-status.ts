/**
 * What a request's header does not tell of its caller, from /proc/<pid>/status (proc(5)). It allocates, and is for rare
 * cases off the serving path.
 */
import { readFileSync } from 'node:fs';
import type { Request } from '@sluice/session';

/** INVALID_UIDGID: on a mount that may be idmapped the kernel tells ids only with what creates something. */
const UNKNOWN_ID = 0xffff_ffff;
const CAP_SYS_ADMIN = 21;

/** Whether the caller is in the group: its own one, or a supplementary one. Root counts as a member of all. */
export function isInGroup(request: Request, gid: number): boolean {
  if (request.uid === 0 || request.gid === gid) return true;
  return field(request, 'Groups').split(/\s+/).includes(String(gid));
}

/** Whether the caller is root, or, where its uid is not told, has CAP_SYS_ADMIN. */
export function isPrivileged(request: Request): boolean {
  if (request.uid !== UNKNOWN_ID) return request.uid === 0;
  const effective = BigInt(`0x0${field(request, 'CapEff')}`);
  return ((effective >> BigInt(CAP_SYS_ADMIN)) & 1n) === 1n;
}

/** The field's text, empty if the caller is gone or is the kernel itself. */
function field(request: Request, name: string): string {
  if (request.pid === 0) return '';
  try {
    const status = readFileSync(`/proc/${request.pid}/status`, 'latin1');
    return new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  } catch {
    return '';
  }
}
