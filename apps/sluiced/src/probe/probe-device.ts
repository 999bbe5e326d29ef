/** The report of one device, put together from what each part of it was seen to do. */
import { release, version } from 'node:os';
import { readFileSync } from 'node:fs';
import { OLDEST_MINOR, parseMounts, runBackingTrial, runTrial } from '@sluice/session';
import type { ProbeReport, TrialReport } from '@sluice/session';
import { ANDROID_INIT_FLAGS2, INIT_FLAGS, INIT_FLAGS2, flagNames } from '@sluice/wire';
import { VERSION } from '../version.ts';
import { observeFuse } from './observe-fuse.ts';
import { observeLimits, observePrivileges, observeSelinux } from './observe-process.ts';
import { observeSource } from './observe-source.ts';
import { trialSection } from './trial-section.ts';

export interface ProbeOptions {
  /** An empty directory, for the scratch mount and, without a source, for the lower file. */
  scratch: string;
  /** The lower directory in question. */
  source: string | undefined;
  /** The source's path stays out of the report. */
  hidePath: boolean;
  /** The backing directory of fuse_bpf is tried, too, whether the kernel says that it has it or not. */
  triesFuseBpf: boolean;
  /** The daemon's own, whose threads run the trial. */
  threadModule: URL;
}

/** Throws an Error, in a sentence, where the source cannot be opened. */
export async function probeDevice(options: ProbeOptions): Promise<ProbeReport> {
  const { scratch, threadModule } = options;
  const startedAt = performance.now();
  const madeAt = new Date().toISOString();
  const source = options.source ?? scratch;
  const mounts = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const observed = observeSource(source, mounts);
  const trial = await runTrial({ source, scratchDirectory: scratch, threadModule, knownCost: undefined });
  const backing = options.triesFuseBpf
    ? await runBackingTrial({ scratchDirectory: scratch, threadModule })
    : undefined;
  return {
    report: 'sluice-probe',
    version: 1,
    program: { name: 'sluiced', version: VERSION },
    madeAt,
    durationMilliseconds: Math.round(performance.now() - startedAt),
    kernel: {
      release: release(),
      build: version(),
      // The native calls have loaded, which they do on these two alone.
      architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
    },
    fuse: observeFuse(mounts),
    init: initSection(trial),
    trial: trialSection(trial, scratch, backing),
    privileges: observePrivileges(),
    source: { path: options.hidePath ? null : (options.source ?? null), ...observed },
    limits: observeLimits(),
    selinux: observeSelinux(),
  };
}

/** Bits that Android's kernels have in the second word beside mainline's. */
const FLAGS2 = { ...INIT_FLAGS2, ANDROID_PASSTHROUGH: ANDROID_INIT_FLAGS2.PASSTHROUGH };

function initSection({ init }: TrialReport): ProbeReport['init'] {
  if (init === undefined) return null;
  const isOld = init.offeredMinor < OLDEST_MINOR;
  return {
    offeredMinor: init.offeredMinor,
    minor: isOld ? 0 : init.minor,
    offered: flagWords(init.offeredFlags, init.offeredFlags2),
    taken: flagWords(init.flags, init.flags2),
  };
}

function flagWords(flags: number, flags2: number): NonNullable<ProbeReport['init']>['offered'] {
  const hex = (word: number): string => `0x${word.toString(16)}`;
  const names = [...flagNames(INIT_FLAGS, flags), ...flagNames(FLAGS2, flags2)];
  return { flags: hex(flags), flags2: hex(flags2), names };
}
