/** The kernel, its FUSE device, whether it lets us mount, and what INIT said. */
import type { ProbeReport } from '@sluice/session';
import { canBeAssisted } from './assisted-mount.ts';
import { errnoWord, finding } from './finding.ts';
import type { Finding } from './finding.ts';

export function kernelFindings(report: ProbeReport): Finding[] {
  return [
    kernel(report),
    device(report),
    mount(report),
    protocol(report),
    connections(report),
    fuseBpf(report),
  ];
}

function kernel({ kernel: { release, build, architecture } }: ProbeReport): Finding {
  return finding('kernel', 'kernel', 'ok', {
    seen: `Linux ${release}, ${build}, ${architecture}`,
    follows: 'a version decides nothing: what the kernel can do is tried below',
  });
}

function device({ fuse: { device: opened } }: ProbeReport): Finding {
  const [id, subject] = ['fuse-device', 'FUSE device'];
  if (opened.ok)
    return finding(id, subject, 'ok', { seen: '/dev/fuse opens', follows: 'file systems can be served' });
  const absent = opened.errno === 'ENOENT' || opened.errno === 'ENODEV' || opened.errno === 'ENXIO';
  return finding(id, subject, 'missing', {
    seen: `/dev/fuse does not open: ${errnoWord(opened)}`,
    follows: 'nothing can be served',
    remedy: absent
      ? 'load the module (modprobe fuse), or use a kernel with CONFIG_FUSE_FS'
      : 'start as root; in a container, pass /dev/fuse in',
  });
}

function mount(report: ProbeReport): Finding {
  const { fuse, privileges, trial } = report;
  const [id, subject] = ['mount', 'mounting'];
  const check = trial.checks.find(({ name }) => name === 'mount');
  if (check?.result === 'passed')
    return finding(id, subject, 'ok', {
      seen: `a scratch file system was mounted; fusermount3 is ${fuse.fusermount3 ? '' : 'not '}installed`,
      follows: 'the daemon can mount volumes by itself',
    });
  if (check === undefined || check.result === 'not-tried')
    return finding(id, subject, 'missing', {
      seen: 'not tried: the trial did not get that far',
      follows: 'whether the daemon can mount is not known',
      remedy: 'see the lines above and the evidence below',
    });
  const seen = `${check.detail}; fusermount3 is ${fuse.fusermount3 ? '' : 'not '}installed`;
  if (canBeAssisted(report))
    return finding(id, subject, 'limited', {
      seen,
      follows: 'volumes are mounted by fusermount3, and nothing passes through',
      remedy: 'start as root with CAP_SYS_ADMIN',
    });
  return finding(id, subject, 'missing', {
    seen,
    follows: 'the daemon cannot mount volumes',
    remedy: privileges.capabilities.SYS_ADMIN
      ? 'CAP_SYS_ADMIN is there: ask the kernel log (dmesg) what else refused it, such as SELinux or seccomp'
      : 'start as root with CAP_SYS_ADMIN, or install fusermount3 (package fuse3) and start where it can have CAP_SYS_ADMIN',
  });
}

function protocol(report: ProbeReport): Finding {
  const { init, trial } = report;
  const [id, subject] = ['protocol', 'FUSE protocol'];
  if (init === null)
    return finding(id, subject, canBeAssisted(report) ? 'limited' : 'missing', {
      seen: 'the kernel was not asked',
      follows: 'what it offers is not known',
      remedy: 'make mounting work first',
    });
  const { offeredMinor, minor, offered, taken } = init;
  const words = `7.${offeredMinor}; offered ${offered.flags} ${offered.flags2}, taken ${taken.names.join(' ')}`;
  if (trial.reason === 'kernel-too-old')
    return finding(id, subject, 'missing', {
      seen: `7.${offeredMinor}`,
      follows: 'the kernel is older than any that is served',
      remedy: 'use a kernel that speaks 7.23 or later',
    });
  if (!taken.names.includes('MAX_PAGES'))
    return finding(id, subject, 'limited', {
      seen: words,
      follows: 'without MAX_PAGES (7.28) a READ or WRITE carries 128 KiB instead of 1 MiB',
    });
  return finding(id, subject, 'ok', { seen: words, follows: `7.${minor} is spoken` });
}

function connections({ fuse: { connectionsVisible } }: ProbeReport): Finding {
  const [id, subject] = ['connections', 'ending connections'];
  if (connectionsVisible)
    return finding(id, subject, 'ok', {
      seen: '/sys/fs/fuse/connections is mounted',
      follows: 'a mount whose daemon hangs can be freed there',
    });
  return finding(id, subject, 'limited', {
    seen: '/sys/fs/fuse/connections is not mounted',
    follows: 'a mount whose daemon hangs is freed by umount -f alone',
    remedy: 'mount -t fusectl none /sys/fs/fuse/connections',
  });
}

/** Nothing is served by it, so nothing is missing where it is not there or not proven. */
function fuseBpf({ fuse, trial: { backingDirectory: tried } }: ProbeReport): Finding {
  const proof =
    tried === null
      ? 'its backing directory was not tried (--fuse-bpf tries it)'
      : tried.proven
        ? 'its backing directory was proven by trial'
        : `its backing directory is unproven (${tried.reason}): ${tried.evidence.at(-1) ?? 'nothing was seen'}`;
  return finding('fuse-bpf', 'fuse_bpf', 'ok', {
    seen: fuse.fuseBpf
      ? `seen in /sys/fs/fuse/features; ${proof}`
      : tried === null
        ? 'not seen'
        : `not seen in /sys/fs/fuse/features; ${proof}`,
    follows: 'it is not used: whole trees leave the daemon by bind mounts',
  });
}
