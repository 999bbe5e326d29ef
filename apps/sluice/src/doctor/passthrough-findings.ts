/** Passthrough: the dialect, and each check of the trial. */
import type { ProbeCheck, ProbeReport } from '@sluice/session';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

type Trial = ProbeReport['trial'];
type Reason = NonNullable<Trial['reason']>;

const REASONS: Readonly<Record<Reason, { seen: string; remedy: string }>> = {
  'no-lower-file': {
    seen: 'no file for the trial could be made in the source or in memory',
    remedy: 'make room, or name another directory with --source',
  },
  'no-device': { seen: '/dev/fuse does not open', remedy: 'see the line of the FUSE device' },
  'mount-refused': {
    seen: 'the scratch file system could not be mounted',
    remedy: 'see the line of mounting',
  },
  unprivileged: {
    seen: 'not tried without CAP_SYS_ADMIN',
    remedy: 'start as root with CAP_SYS_ADMIN',
  },
  'kernel-too-old': { seen: 'the kernel’s FUSE is too old', remedy: 'use a newer kernel' },
  'not-offered': {
    seen: 'INIT offers no dialect of passthrough',
    remedy: 'use a kernel with CONFIG_FUSE_PASSTHROUGH: mainline 6.9 or later, or Android’s',
  },
  'unknown-ioctl': {
    seen: 'the kernel offers passthrough and knows none of its ioctls (ENOTTY)',
    remedy: 'this kernel’s dialect is not known; send the report of sluice probe',
  },
  'registration-refused': { seen: 'the kernel did not take the lower file', remedy: '' },
  'wrong-bytes': {
    seen: 'bytes that passed through were not those of the lower file',
    remedy: 'do not force passthrough on this kernel; send the report of sluice probe',
  },
  'served-by-daemon': {
    seen: 'READ or WRITE requests reached the daemon all the same',
    remedy: 'this kernel takes files and does not pass them through; send the report of sluice probe',
  },
  'no-answer': { seen: 'the trial did not come to its end', remedy: 'see the evidence; try again' },
};

const REFUSALS: Readonly<Record<string, string>> = {
  'registration-refused-permission': 'start the daemon with CAP_SYS_ADMIN in the first user namespace',
  'registration-refused-stacked':
    'choose a source that lies on no overlayfs, eCryptfs or FUSE: see the line of stacking',
  'registration-refused-invalid':
    'choose a source that lies on one overlay at most: Android’s kernels say EINVAL to deeper ones',
  'registration-refused-unsupported':
    'choose a source on another file system: this one cannot be read and written so',
  'registration-refused-bad-file':
    'choose a source on another file system: this one cannot be read and written so',
  'registration-refused-resources': 'free memory or descriptors, and try again',
};

export function passthroughFindings({ trial }: ProbeReport): Finding[] {
  const checks = trial.checks.filter(({ name }) => name !== 'mount');
  return [passthrough(trial), ...checks.map((check) => checkFinding(check, trial)), cost(trial)];
}

function passthrough(trial: Trial): Finding {
  const [id, subject] = ['passthrough', 'passthrough'];
  const { dialect, limits, lowerFile, proven, reason } = trial;
  const place = lowerFile === 'memory' ? ' on a file in memory: the source takes no nameless file' : '';
  if (proven && limits.length === 0)
    return finding(id, subject, lowerFile === 'memory' ? 'limited' : 'ok', {
      seen: `${dialect}: requested, negotiated, proven${place}`,
      follows: 'files pass through where policy says so',
    });
  if (proven)
    return finding(id, subject, 'limited', {
      seen: `${dialect}: requested, negotiated, proven with limits: ${limits.join(', ')}${place}`,
      follows: limits.includes('mapping')
        ? 'files pass through where policy insists; `auto` passes nothing through'
        : 'files pass through where policy says so',
      remedy: 'see Dialects in docs/guides/passthrough.md',
    });
  const known = reason === null ? undefined : REASONS[reason];
  const refused = trial.checks.find((check) => check.reason?.startsWith('registration-'));
  const because =
    reason === 'registration-refused' ? `: ${refused?.errno ?? 'no errno'} (${refused?.reason})` : '';
  return finding(id, subject, 'missing', {
    seen: `${reason ?? 'unknown'}: ${known?.seen ?? 'nothing was tried'}${because}`,
    follows: 'all data goes through the daemon; everything else works',
    remedy: REFUSALS[refused?.reason ?? ''] ?? known?.remedy ?? '',
  });
}

const CHECK_SUBJECTS: Readonly<Record<ProbeCheck['name'], string>> = {
  mount: 'mount',
  open: 'open',
  write: 'write',
  read: 'read',
  mmap: 'mmap',
  direct: 'O_DIRECT',
  append: 'append',
  create: 'create',
  'beside-cached': 'beside a cached open',
};

const LIVED_WITH: Readonly<Partial<Record<ProbeCheck['name'], string>>> = {
  mmap: 'the daemon fills mappings: they do not see what passes it by, and `auto` does not pass through',
  direct: 'O_DIRECT reads and writes go through the daemon',
  'beside-cached':
    'cached and passthrough opens of a file meet otherwise than expected; volumes never mix them',
};

function checkFinding(check: ProbeCheck, trial: Trial): Finding {
  const { name, result, reason, errno, requests, detail } = check;
  const [id, subject] = [`trial-${name}`, `  ${CHECK_SUBJECTS[name]}`];
  const asked = requests === 0 ? 'no request reached the daemon' : `${requests} requests reached the daemon`;
  const seen = `${detail}; ${asked}${reason === null ? '' : ` (${reason}${errno === null ? '' : `, ${errno}`})`}`;
  switch (result) {
    case 'passed':
      return finding(id, subject, 'ok', {
        seen,
        follows: name === 'beside-cached' ? `as ${trial.dialect} does it` : 'past the daemon, bytes right',
      });
    case 'limited':
      return finding(id, subject, 'limited', { seen, follows: LIVED_WITH[name] ?? 'lived with' });
    case 'not-tried':
      return finding(id, subject, 'limited', { seen: detail, follows: 'not known' });
    case 'failed':
      return finding(id, subject, 'missing', {
        seen,
        follows: 'passthrough is not used',
        remedy: REFUSALS[reason ?? ''] ?? '',
      });
  }
}

function cost({ cost: measured }: Trial): Finding {
  const [id, subject] = ['cost', '  cost'];
  if (measured === null)
    return finding(id, subject, 'limited', { seen: 'not measured', follows: '`auto` has nothing to weigh' });
  const { registrationMicroseconds, requestMicroseconds } = measured;
  const { passthroughMicrosecondsPerMiB: past, daemonMicrosecondsPerMiB: through } = measured;
  return finding(id, subject, 'ok', {
    seen:
      `registering ${registrationMicroseconds.toFixed(1)} us, a request ${requestMicroseconds.toFixed(1)} us; ` +
      `1 MiB ${past.toFixed(0)} us past the daemon, ${through.toFixed(0)} us through it`,
    follows: '`auto` weighs by these',
  });
}
