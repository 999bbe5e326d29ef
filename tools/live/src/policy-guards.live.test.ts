import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { photo } from './photo.fixture.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

const DODGES = join(dirname(fileURLToPath(import.meta.url)), 'policy-dodges.py');

const POLICY = `version: 1
case: insensitive
default: passthrough
rules:
  - id: owner
    match: { path: ['Secret/**', 'Outer/Inner/**'], caller: { uid: [0, 10001] } }
    action: passthrough
  - id: secret
    match: { path: ['Secret', 'Outer/Inner'] }
    action: hide
  - id: one-file
    match: { path: 'Shared/hidden.txt', caller: { uid: 10002 } }
    action: hide
  - id: locked
    match: { path: 'Locked', caller: { uid: 10002 } }
    action: deny(EACCES)
  - id: read-only
    match: { path: 'ReadOnly/**', access: [write, create], caller: { uid: 10002 } }
    action: deny(EROFS)
  - id: photos
    match: { extension: jpg, caller: { uid: 10002 } }
    action: redact
`;

/** Directories on the lower tree that an insensitive policy takes for `Secret`. */
const SPELLINGS = [
  ...['SECRET', 'secret', 'Secret.', 'Secret ', 'Secret. .'],
  ...['Se\u200bcret', 'Se\u00adcret', '\ufeffSecret', 'Secre\u034ft'],
];
const OTHERS = ['LOCKED', 'Locked', 'Open', 'Outer', 'Photos', 'ReadOnly', 'Shared'];

/** What each attempt of policy-dodges.py has to come to. */
const EXPECTED: readonly [title: string, outcomes: Readonly<Record<string, string>>][] = [
  [
    'what is hidden is not there for the caller, by whatever spelling, link, rename or detour',
    {
      'entitled reads': 'secret',
      'barred stats': 'ENOENT',
      'barred reads': 'ENOENT',
      'barred lists it': 'ENOENT',
      "barred stats 'SECRET'": 'ENOENT',
      "barred reads in 'SECRET'": 'ENOENT',
      "barred stats 'secret'": 'ENOENT',
      "barred reads in 'secret'": 'ENOENT',
      "barred stats 'Secret.'": 'ENOENT',
      "barred reads in 'Secret.'": 'ENOENT',
      "barred stats 'Secret '": 'ENOENT',
      "barred reads in 'Secret '": 'ENOENT',
      "barred stats 'Secret. .'": 'ENOENT',
      "barred reads in 'Secret. .'": 'ENOENT',
      "barred stats 'Se\\u200bcret'": 'ENOENT',
      "barred reads in 'Se\\u200bcret'": 'ENOENT',
      "barred stats 'Se\\xadcret'": 'ENOENT',
      "barred reads in 'Se\\xadcret'": 'ENOENT',
      "barred stats '\\ufeffSecret'": 'ENOENT',
      "barred reads in '\\ufeffSecret'": 'ENOENT',
      "barred stats 'Secre\\u034ft'": 'ENOENT',
      "barred reads in 'Secre\\u034ft'": 'ENOENT',
      'barred makes another spelling': 'EACCES',
      'barred makes the hidden name': 'EACCES',
      'barred creates the hidden name': 'ENOENT',
      'barred links onto a hidden name': 'EACCES',
      'barred makes a symlink there': 'EACCES',
      'barred by dots': 'ENOENT',
      'barred by dots within': 'ENOENT',
      'barred by a symlink': 'ENOENT',
      'barred links it away': 'ENOENT',
      'barred renames the directory': 'ENOENT',
      'barred renames what leads to it': 'EXDEV',
      'what leads to it is still there': 'inner',
      'barred exchanges what leads to it': 'EXDEV',
      'entitled links it out': 'ok',
      'barred reads the link, both names known': 'ENOENT',
      'entitled reads the link': 'secret',
      'barred lists beside the link': 'False',
      'barred removes it': 'ENOENT',
      'barred renames over it': 'ENOENT',
      'still there': 'secret',
    },
  ],
  [
    'what another caller keeps in the kernel’s cache stays hidden',
    {
      'barred stats what another keeps in the cache: leaks': '0',
      'barred opens what another keeps in the cache: leaks': '0',
      'the other was never disturbed': 'True',
    },
  ],
  [
    'a descriptor that is handed over reads, and leads no further',
    {
      'barred reads a descriptor it was given': 'secret',
      'barred opens a descriptor again': 'ESTALE',
      'barred opens an O_PATH descriptor': 'ESTALE',
      'barred goes in by a directory descriptor': 'ENOENT',
      'barred lists by a directory descriptor': 'EACCES',
      'barred lists an O_PATH directory': 'EACCES',
    },
  ],
  [
    'what is denied is seen and not touched',
    {
      'denied: stat': 'shown',
      'denied: listed': 'True',
      'denied: read': 'EACCES',
      'denied: write': 'EACCES',
      'denied: list': 'EACCES',
      'denied: create': 'EACCES',
      'denied: unlink': 'EACCES',
      'denied: chmod': 'EPERM',
      'denied: truncate': 'EACCES',
      'denied: rename out': 'EACCES',
      'denied: link out': 'EXDEV',
      'denied: rename the directory': 'EACCES',
      'denied: another spelling': 'EACCES',
      'denied: nothing happened': 'locked',
      'denied: a descriptor again': 'EACCES',
    },
  ],
  [
    'what is denied for writing is read',
    {
      'read-only: read': 'constant',
      'read-only: write': 'EROFS',
      'read-only: create': 'EROFS',
      'read-only: mkdir': 'EROFS',
      'read-only: unlink': 'EROFS',
      'read-only: rename out': 'EROFS',
      'read-only: link out, to write there': 'EXDEV',
      'read-only: setxattr': 'EROFS',
    },
  ],
  [
    'a redacted photo shows no place, however it is read, while others see it whole',
    {
      'redacted: entitled': 'place',
      'redacted: barred': 'no place',
      'redacted: entitled again': 'place',
      'redacted: sizes are equal': 'True',
      'redacted: inode numbers are equal': 'True',
      'redacted: write': 'EACCES',
      'redacted: renamed to another extension': 'EXDEV',
      'redacted: linked to another extension': 'EXDEV',
      'redacted: by a descriptor again': 'ESTALE',
      'redacted: another spelling': 'no place',
      'redacted: mapped by the barred': 'no place',
      'redacted: mapped by the entitled': 'place',
      'redacted: copied in the kernel': 'no place',
      'redacted: wrong views in 2,400 mixed reads': '0',
      'redacted: places shown by a photo that is written anew': '0',
      'not listed': '[]',
      'cannot be set': 'EPERM',
    },
  ],
];

function makeTree(source: string): void {
  const directories = [
    ...SPELLINGS,
    'Secret',
    'Secret/data',
    'Open',
    'Shared',
    'Locked',
    'LOCKED',
    'ReadOnly',
    'Photos',
  ];
  for (const name of [...directories, 'Outer', 'Outer/Inner']) {
    mkdirSync(join(source, name));
    chmodSync(join(source, name), 0o777);
  }
  const files: Record<string, string | Buffer> = {
    'Open/mine.txt': 'mine',
    'Shared/hidden.txt': 'hidden',
    'Locked/file': 'locked',
    'LOCKED/file': 'locked',
    'ReadOnly/file': 'constant',
    'Outer/Inner/file': 'inner',
    'Photos/a.jpg': photo(),
    'Photos/B.JPG': photo(),
  };
  for (const name of ['Secret', ...SPELLINGS]) files[`${name}/note.txt`] = 'secret';
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(source, name), content);
    chmodSync(join(source, name), 0o666);
  }
  symlinkSync('../Secret', join(source, 'Open/way-in'));
  chmodSync(source, 0o777);
}

describe.each([0, 1])(
  'a policy that hides, denies and redacts, with names cached for %i s',
  (timeoutSeconds) => {
    let daemon: RunningDaemon;
    let policy: PolicyFile;
    let outcomes: Record<string, unknown> = {};
    const as = (uid: number, script: string): ReturnType<typeof sh> =>
      sh(`setpriv --reuid ${uid} --regid ${uid} --clear-groups bash -c '${script}'`, { cwd: daemon.mount });

    beforeAll(async () => {
      policy = writePolicy(POLICY);
      daemon = await startDaemon({ policy: policy.path, timeoutSeconds });
      chmodSync(daemon.directory, 0o755);
      makeTree(daemon.source);
      const { code, stdout, stderr } = await run('python3', [DODGES, daemon.mount]);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      outcomes = JSON.parse(stdout) as Record<string, unknown>;
    });
    afterAll(async () => {
      await daemon.stop();
      policy.remove();
    });

    it.each(EXPECTED)('%s', (_title, expected) => {
      for (const [attempt, outcome] of Object.entries(expected))
        expect([attempt, outcomes[attempt]]).toEqual([attempt, outcome]);
    });

    it('lists to each caller what it may know of', () => {
      expect(outcomes['barred lists the parent']).toEqual(OTHERS);
      expect(outcomes['barred scans with types']).toEqual(OTHERS);
      expect(outcomes['entitled lists the parent']).toEqual(
        [...OTHERS, 'Secret', ...SPELLINGS].sort((one, other) => (one < other ? -1 : 1)),
      );
    });

    it('tells each caller what is decided for it', () => {
      expect(outcomes['told to the entitled']).toBe(
        'action=passthrough; reason=default; rule=default; outcome=passthrough; outcome-reason=default; policy-epoch=1',
      );
      expect(outcomes['told to the barred']).toBe(
        'action=redact; reason=rule; rule=photos; outcome=direct; outcome-reason=rule; policy-epoch=1',
      );
    });

    it('shows a hidden directory that leads to a mount, closed, so that the mount stays for those who use it', async () => {
      const mounted = await sh('mount -t tmpfs tmpfs Secret/data && echo inside > Secret/data/file', {
        cwd: daemon.mount,
      });
      expect(mounted.stderr).toBe('');
      try {
        const asked = await as(
          10_002,
          'for i in $(seq 50); do stat -c %F Secret; ls Secret; cat Secret/note.txt; done 2>&1 | sort | uniq -c',
        );
        const said = asked.stdout.split('\n').map((line) => line.trim());
        expect(said).toEqual([
          '50 cat: Secret/note.txt: No such file or directory',
          '50 directory',
          "50 ls: cannot open directory 'Secret': Permission denied",
          '',
        ]);
        expect((await sh('cat Secret/data/file', { cwd: daemon.mount })).stdout).toBe('inside\n');
      } finally {
        await sh('umount Secret/data', { cwd: daemon.mount });
      }
      expect((await as(10_002, 'stat Secret')).stderr).toContain('No such file or directory');
    });

    it('sees a mount that only the caller has', async () => {
      const script =
        'mount -t tmpfs tmpfs Secret/data && setpriv --reuid 10002 stat -c %F Secret; mountpoint Secret/data';
      const { stdout } = await sh(`unshare -m bash -c '${script}'`, { cwd: daemon.mount });
      expect(stdout).toBe('directory\nSecret/data is a mountpoint\n');
    });
  },
);
