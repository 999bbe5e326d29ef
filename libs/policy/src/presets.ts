/** Policies that most volumes can live with, as texts: a start to read, copy, extend and change. */
import { androidMedia } from './preset-android-media.ts';

const all = `# Every file passes through: the kernel moves the data of each open file itself.
# Right where files are read or written in bulk; small files pay a registration each time they are first opened.
version: 1
name: all
default: passthrough
rules: []
`;

const none = `# No file passes through: the daemon serves all reads and writes, and the page cache keeps what was read.
# What a kernel without passthrough does in any case; also the way to compare.
version: 1
name: none
default: cached
rules: []
`;

const auto = `# Files pass through where it pays: large ones, those opened for writing, and all where registering is cheap.
version: 1
name: auto
default: auto
rules: []
`;

const bigFiles = `# Large files pass through, small ones stay with the page cache, where they cost no registration.
version: 1
name: big-files

# What no rule below takes: small files opened only to be read.
default: cached

rules:
  # From 1 MiB on, the data saved is worth the registration. The size is the one at the time of the open.
  - id: large
    match:
      size: { min: 1MiB }
    action: passthrough
    why: large file

  # A new file is empty when it is opened, and a large one is born like that: files opened for writing are left to
  # auto, which passes writers through from the start.
  - id: written
    match:
      access: write
    action: auto
    why: may grow large
`;

/** Policy texts by name. */
export const PRESETS = {
  'android-media': androidMedia,
  all,
  none,
  'big-files': bigFiles,
  auto,
} as const satisfies Readonly<Record<string, string>>;

export type PresetName = keyof typeof PRESETS;
