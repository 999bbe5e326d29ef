/** Policies that most volumes can live with, as texts: a start to read, copy and change. */

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
export const PRESETS: Readonly<Record<'all' | 'none' | 'big-files', string>> = {
  all,
  none,
  'big-files': bigFiles,
};
