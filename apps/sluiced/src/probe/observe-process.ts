/** What this process may do, as proc(5) tells it: privileges, limits, SELinux. A volume server would be started with the same. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCapability } from '@sluice/session';
import type { ProbeReport } from '@sluice/session';
import { CAP } from '@sluice/sys';

type Privileges = ProbeReport['privileges'];

const CAPABILITIES = Object.keys(CAP) as (keyof typeof CAP)[];

/** PROC_USER_INIT_INO: the inode number of the first user namespace, the same on all kernels that have them. */
const INITIAL_USER_NAMESPACE = 'user:[4026531837]';
const SECCOMP = ['none', 'strict', 'filter'] as const;

export function observePrivileges(
  status = readFileSync('/proc/self/status', 'utf8'),
  userNamespace = linkOf('/proc/self/ns/user'),
): Privileges {
  const set = (name: string): bigint => BigInt(`0x${field(status, name) ?? '0'}`);
  const effective = set('CapEff');
  return {
    root: (field(status, 'Uid') ?? '').split(/\s+/)[1] === '0',
    // A kernel without user namespaces has no such link.
    initialUserNamespace: userNamespace === undefined || userNamespace === INITIAL_USER_NAMESPACE,
    capabilities: Object.fromEntries(
      CAPABILITIES.map((name) => [name, hasCapability(effective, name)]),
    ) as Privileges['capabilities'],
    sysAdminInBoundingSet: hasCapability(set('CapBnd'), 'SYS_ADMIN'),
    noNewPrivileges: field(status, 'NoNewPrivs') === '1',
    seccomp: SECCOMP[Number(field(status, 'Seccomp') ?? 'NaN')] ?? 'unknown',
  };
}

export function observeLimits(text = readFileSync('/proc/self/limits', 'utf8')): ProbeReport['limits'] {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  return { openFilesSoft: limit(soft), openFilesHard: limit(hard) };
}

/** `root`: where the kernel's file systems are mounted; another place in tests. */
export function observeSelinux(root = '/'): ProbeReport['selinux'] {
  const enforce = join(root, 'sys/fs/selinux/enforce');
  // Other security modules write into the file of one's own domain as well.
  if (!existsSync(enforce)) return { mode: 'absent', domain: null };
  const mode = contentOf(enforce);
  const domain = contentOf(join(root, 'proc/self/attr/current'))?.replace(/[\0\n]+$/, '');
  return {
    mode: mode === undefined ? 'unknown' : mode.trim() === '1' ? 'enforcing' : 'permissive',
    domain: domain === undefined || domain === '' ? null : domain.slice(0, 256),
  };
}

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
}

function limit(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined where it may not be read. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
