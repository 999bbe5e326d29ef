/** Which machines a run boots, what their FUSE is, and what the daemon is expected to make of it. */
import type { KernelName } from './lab.ts';

/** The dialects that the test module speaks (test-fuse/README.md). */
export const DOUBLE_DIALECTS = ['v2', 'v2-flags2', 'v1', 'v0', 'unique'] as const;
export type DoubleDialect = (typeof DOUBLE_DIALECTS)[number];

export interface FuseSetting {
  /** `debian`: as shipped. Else the test module with this dialect. */
  fuse: 'debian' | DoubleDialect;
  /** What the daemon's trial must report; `none` means that everything goes through the daemon, and works. */
  expectedDialect: string;
  /** Size of the file that makes a round trip, and how often files are opened and closed. */
  fileMib: number;
  opens: number;
}

export interface MachineSpec {
  name: string;
  kernel: KernelName;
  /** Taken one after the other, by unloading the module and loading the next. */
  settings: readonly FuseSetting[];
  /** Files of tools/live that run under the first setting; see live-suite.ts. */
  live: 'selection' | 'passthrough-selection' | 'none';
}

/** Where every byte goes through an emulated daemon, 256 MiB would take minutes. */
const PASSED = { fileMib: 256, opens: 10_000 };
const SERVED = { fileMib: 64, opens: 10_000 };
const SHORT = { fileMib: 16, opens: 1_000 };

export const MACHINES: readonly MachineSpec[] = [
  {
    name: 'debian-6.1',
    kernel: '6.1',
    settings: [{ fuse: 'debian', expectedDialect: 'none', ...SERVED }],
    live: 'selection',
  },
  {
    name: 'android-6.1',
    kernel: '6.1',
    // A dialect that the daemon learns is expected here.
    settings: [
      { fuse: 'v2', expectedDialect: 'android-v2', ...SERVED },
      { fuse: 'v2-flags2', expectedDialect: 'android-v2', ...SHORT },
      { fuse: 'v1', expectedDialect: 'android-v1', ...SHORT },
      { fuse: 'v0', expectedDialect: 'android-v0', ...SHORT },
      { fuse: 'unique', expectedDialect: 'android-unique', ...SHORT },
    ],
    live: 'none',
  },
  {
    name: 'debian-6.12',
    kernel: '6.12',
    settings: [{ fuse: 'debian', expectedDialect: 'mainline', ...PASSED }],
    live: 'passthrough-selection',
  },
];
