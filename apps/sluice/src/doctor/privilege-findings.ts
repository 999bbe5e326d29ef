/** What the process may do: root, capabilities, user namespace, seccomp, SELinux, limits. */
import type { ProbeReport } from '@sluice/session';
import { canBeAssisted } from './assisted-mount.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

type Privileges = ProbeReport['privileges'];
type Capability = keyof Privileges['capabilities'];

/** A volume opens as many files as its callers do, and 256 directories beside. */
const OPEN_FILES_ENOUGH = 4096;

/** What does not work without each. SYS_ADMIN is missing, the others limit. */
const WITHOUT: Readonly<Record<Capability, string>> = {
  SYS_ADMIN: 'mounting is refused, and mainline registers no file for passthrough',
  DAC_READ_SEARCH: 'files cannot be reopened by handle (open_by_handle_at): names are used, and cost more',
  DAC_OVERRIDE: 'files that their modes keep from the daemon cannot be served',
  CHOWN: 'what is made cannot be given to its caller, and chown fails',
  FOWNER: 'chmod, utimes and xattrs fail on files of other owners',
  FSETID: 'set-id bits are lost where their writer may keep them',
  SETGID: 'nothing can be made for other callers than the daemon itself (EPERM)',
  SETUID: 'nothing can be made for other callers than the daemon itself (EPERM)',
  SETPCAP: 'nothing can be made for other callers than the daemon itself (EPERM)',
  MKNOD: 'device files cannot be made on a volume',
  LEASE: 'mappings of files of other owners cannot be told: they stay in their mode',
};

export function privilegeFindings(report: ProbeReport): Finding[] {
  const { privileges } = report;
  return [
    root(report),
    ...capabilities(privileges),
    userNamespace(privileges),
    seccomp(privileges),
    selinux(report),
    openFiles(report),
  ];
}

function root(report: ProbeReport): Finding {
  if (report.privileges.root)
    return finding('root', 'user', 'ok', { seen: 'root', follows: 'files of all owners can be served' });
  const isAssisted = canBeAssisted(report);
  const mounts = isAssisted || report.privileges.capabilities.SYS_ADMIN;
  return finding('root', 'user', mounts ? 'limited' : 'missing', {
    seen: 'not root',
    follows: isAssisted
      ? 'a volume is for this user alone, or for others too where /etc/fuse.conf has user_allow_other'
      : mounts
        ? 'files of other owners are served as far as its capabilities go'
        : 'no volume can be mounted',
    remedy: 'start again with sudo, or su -c on a phone',
  });
}

function capabilities({ capabilities: effective }: Privileges): Finding[] {
  const names = Object.keys(effective) as Capability[];
  const missing = names.filter((name) => !effective[name]);
  if (missing.length === 0)
    return [
      finding('capabilities', 'capabilities', 'ok', {
        seen: names.join(' '),
        follows: 'all that the daemon uses are effective',
      }),
    ];
  return missing.map((name) =>
    finding(`capability-${name}`, `CAP_${name}`, name === 'SYS_ADMIN' ? 'missing' : 'limited', {
      seen: 'not effective',
      follows: WITHOUT[name],
      remedy: `start with CAP_${name} in the bounding and effective sets`,
    }),
  );
}

function userNamespace({ initialUserNamespace }: Privileges): Finding {
  const [id, subject] = ['user-namespace', 'user namespace'];
  if (initialUserNamespace)
    return finding(id, subject, 'ok', {
      seen: 'the first one',
      follows: 'capabilities count for the whole system',
    });
  return finding(id, subject, 'limited', {
    seen: 'not the first one',
    follows: 'mainline registers no file for passthrough from here, and file handles are refused',
    remedy: 'start outside of the container, or without --userns',
  });
}

function seccomp({ seccomp: mode, noNewPrivileges }: Privileges): Finding {
  const [id, subject] = ['seccomp', 'seccomp'];
  const more = noNewPrivileges ? '; no_new_privs is set' : '';
  if (mode === 'none' || mode === 'unknown')
    return finding(id, subject, 'ok', {
      seen: `${mode === 'none' ? 'none' : 'the kernel does not tell'}${more}`,
      follows: 'no system call is filtered',
    });
  return finding(id, subject, 'limited', {
    seen: `${mode}${more}`,
    follows: 'system calls may be refused that the daemon makes: what was tried above counts',
    remedy: 'if something above is refused with EPERM or ENOSYS, start outside of the sandbox',
  });
}

function selinux({ selinux: { mode, domain }, trial }: ProbeReport): Finding {
  const [id, subject] = ['selinux', 'SELinux'];
  const own = domain === null ? '' : `, own domain ${domain}`;
  if (mode === 'absent')
    return finding(id, subject, 'ok', { seen: 'absent', follows: 'nothing is denied by it' });
  if (mode === 'permissive')
    return finding(id, subject, 'ok', { seen: `permissive${own}`, follows: 'denials are logged alone' });
  const isFine = trial.checks.some(({ name, result }) => name === 'mount' && result === 'passed');
  if (isFine)
    return finding(id, subject, 'ok', { seen: `${mode}${own}`, follows: 'it lets this domain mount FUSE' });
  return finding(id, subject, 'limited', {
    seen: `${mode}${own}`,
    follows: 'it may be what refuses',
    remedy: 'look for "avc: denied" in the kernel log, and start in a domain such as su or magisk',
  });
}

function openFiles({ limits: { openFilesSoft, openFilesHard } }: ProbeReport): Finding {
  const [id, subject] = ['open-files', 'open files'];
  const word = (value: number | null): string => (value === null ? 'unlimited' : String(value));
  const seen = `at most ${word(openFilesSoft)} (hard limit ${word(openFilesHard)})`;
  if ((openFilesSoft ?? Infinity) >= OPEN_FILES_ENOUGH)
    return finding(id, subject, 'ok', { seen, follows: 'each file that is open on a volume takes one' });
  return finding(id, subject, 'limited', {
    seen,
    follows: 'each file that is open on a volume takes one: opens fail with EMFILE when they are gone',
    remedy: `ulimit -n 32768 before the start, or LimitNOFILE= in a unit`,
  });
}
