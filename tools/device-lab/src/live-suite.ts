/** The live tests of tools/live that run inside machines, and the rest with the reason why not. */
import type { Outcome } from './outcome.ts';

/** Need no passthrough: they look at what callers see while the lower tree sleeps, and while processes share files. */
const ON_ANY_KERNEL = ['posix-sharing.live.test.ts', 'sleeping-lower.live.test.ts'];

const WITH_PASSTHROUGH = ['passthrough.live.test.ts'];

export const SELECTIONS = {
  selection: ON_ANY_KERNEL,
  'passthrough-selection': [...WITH_PASSTHROUGH, ...ON_ANY_KERNEL],
} as const;

const COMPILES = 'compiles its programs, and the machines have no compiler';
const LONG = 'is bound by the processor and would take longer than all the rest under emulation';
const BY_GUEST_CHECKS = 'its program runs under every dialect by guest-checks.ts';
const KERNEL_ALIKE = 'is about the daemon alone, on which no kernel has an influence';

/** Live tests that do not run in machines, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'beside-direct.live.test.ts': BY_GUEST_CHECKS,
  'conformance/conformance.live.test.ts': LONG,
  'data-modes.live.test.ts': LONG,
  'doctor.live.test.ts':
    'expects the dialect of this kernel, and needs overlayfs and setpriv, which the guest has not',
  'engine-fuse-native.live.test.ts':
    'needs the npm package fuse-native with libfuse 2, which the guest has not',
  'exercisers/differential.live.test.ts': COMPILES,
  'exercisers/exercisers.live.test.ts': COMPILES,
  'exercisers/fio.live.test.ts': 'needs fio, which brings forty libraries of storage clusters along',
  'exercisers/outliving-mapping.live.test.ts': COMPILES,
  'fuse-bpf.live.test.ts': KERNEL_ALIKE,
  'idle.live.test.ts': 'measures wake-ups and memory, which emulation changes',
  'idmapped.live.test.ts': 'needs FUSE that can be idmapped: Linux 6.12 and later has it, 6.1 does not',
  'leaks.live.test.ts': LONG,
  'lifecycle.live.test.ts': KERNEL_ALIKE,
  'lower-changes.live.test.ts': LONG,
  'lower-file-systems.live.test.ts': 'needs mkfs of the file systems it tries, which the guest has not',
  'open-sequences.live.test.ts': BY_GUEST_CHECKS,
  'mixed-opens.live.test.ts': 'counts what 50 processes get done in seconds, too few of them under emulation',
  'played-answers.live.test.ts': KERNEL_ALIKE,
  'policy-apply.live.test.ts': KERNEL_ALIKE,
  'policy-blocked.live.test.ts': KERNEL_ALIKE,
  'policy-flips.live.test.ts': 'needs fio, which brings forty libraries of storage clusters along',
  'policy-guards.live.test.ts': KERNEL_ALIKE,
  'policy-life.live.test.ts': KERNEL_ALIKE,
  'policy-options.live.test.ts': KERNEL_ALIKE,
  'policy-packages.live.test.ts': KERNEL_ALIKE,
  'policy-rules.live.test.ts': KERNEL_ALIKE,
  'policy-trace.live.test.ts': KERNEL_ALIKE,
  'posix-borders.live.test.ts': LONG,
  'posix-directories.live.test.ts': LONG,
  'posix-many-files.live.test.ts': LONG,
  'posix-programs.live.test.ts': 'needs git and make, and what make calls: a compiler',
  'posix-racing.live.test.ts': LONG,
  'posix-random.live.test.ts': LONG,
  'posix-small-files.live.test.ts': LONG,
  'reused-inodes.live.test.ts': LONG,
  'signal-storm.live.test.ts': LONG,
  'start.live.test.ts': KERNEL_ALIKE,
  'trees.live.test.ts': KERNEL_ALIKE,
  'unprivileged.live.test.ts': 'needs fusermount3 and setpriv, which the guest has not',
  'volume-options.live.test.ts':
    'three of its tests, programs run as another user, fail in a machine; why is not found yet',
};

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string; duration?: number; failureMessages?: string[] }[];
  }[];
}

export interface LiveOutcomes {
  outcomes: Outcome[];
  /** Tests that skipped themselves. */
  skipped: number;
}

/** `report` is what vitest's JSON reporter wrote; `files` are those that must have run. */
export function readReport(report: string, files: readonly string[]): LiveOutcomes {
  const { testResults } = JSON.parse(report) as VitestReport;
  const ran = new Map(
    testResults.map((result) => [result.name.slice(result.name.lastIndexOf('/') + 1), result]),
  );
  const outcomes: Outcome[] = [];
  let skipped = 0;
  for (const file of files) {
    const result = ran.get(file.slice(file.lastIndexOf('/') + 1));
    if (result === undefined || result.assertionResults.length === 0) {
      outcomes.push({ name: file, error: result?.message ?? 'did not run' });
      continue;
    }
    // A hook that fails leaves its tests skipped.
    if (result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed'))
      outcomes.push({ name: file, error: result.message ?? 'failed outside of its tests' });
    for (const { fullName, status, duration = 0, failureMessages = [] } of result.assertionResults) {
      if (status === 'passed') outcomes.push({ name: fullName, error: null, seconds: duration / 1000 });
      else if (status === 'failed')
        outcomes.push({ name: fullName, error: failureMessages.join('\n').slice(0, 1500) });
      else skipped++;
    }
  }
  return { outcomes, skipped };
}
