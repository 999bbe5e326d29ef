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
  /** Sizes of the file that makes a round trip past the daemon and of the one that makes it through. */
  passedMib: number;
  servedMib: number;
  /** How often files are opened and closed. */
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

const WHOLE = { passedMib: 256, servedMib: 256, opens: 10_000 };
/** What is served is served alike whatever the dialect, and slowly under emulation: once for each kernel is enough. */
const ANOTHER = { ...WHOLE, servedMib: 16 };

export const MACHINES: readonly MachineSpec[] = [
  {
    name: 'debian-6.1',
    kernel: '6.1',
    settings: [{ fuse: 'debian', expectedDialect: 'none', ...WHOLE }],
    live: 'selection',
  },
  {
    name: 'android-6.1',
    kernel: '6.1',
    settings: [
      { fuse: 'v2', expectedDialect: 'android-v2', ...WHOLE },
      { fuse: 'v2-flags2', expectedDialect: 'android-v2', ...ANOTHER },
      { fuse: 'v1', expectedDialect: 'android-v1', ...ANOTHER },
      { fuse: 'v0', expectedDialect: 'android-v0', ...ANOTHER },
      { fuse: 'unique', expectedDialect: 'android-unique', ...ANOTHER },
    ],
    live: 'none',
  },
  {
    name: 'debian-6.12',
    kernel: '6.12',
    settings: [{ fuse: 'debian', expectedDialect: 'mainline', ...WHOLE }],
    live: 'passthrough-selection',
  },
];
