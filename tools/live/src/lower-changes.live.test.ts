import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdOpen, startHolder } from './held-file.ts';
import type { HeldFile } from './held-file.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';
import { writePolicy } from './policy-file.ts';
import type { PolicyFile } from './policy-file.ts';

/** In place: no truncation, no new inode. */
function overwrite(file: string, text: string): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, text, 0);
  closeSync(fd);
}

interface Change {
  what: string;
  /** Makes what is looked at first. `path` lies in the lower tree. */
  make: (path: string) => void;
  change: (path: string) => void;
  /** Shell script on the mount; PATH is the object's name there. */
  look: string;
  before: string;
  after: string;
}

const CHANGES: Change[] = [
  {
    what: 'other content of the same size',
    make: (path) => writeFileSync(path, 'before'),
    change: (path) => overwrite(path, 'behind'),
    look: 'cat PATH',
    before: 'before',
    after: 'behind',
  },
  {
    what: 'other content of the same size and time of modification',
    make: (path) => {
      writeFileSync(path, 'before');
      utimesSync(path, 1000, 1000);
    },
    change: (path) => {
      // The time goes back and is looked at in between.
      overwrite(path, 'behind');
      utimesSync(path, 2000, 2000);
    },
    look: 'cat PATH',
    before: 'before',
    after: 'behind',
  },
  {
    what: 'a larger size',
    make: (path) => writeFileSync(path, 'short'),
    change: (path) => appendFileSync(path, ' and long'),
    look: 'stat -c %s PATH; cat PATH',
    before: '5\nshort',
    after: '14\nshort and long',
  },
  {
    what: 'a smaller size',
    make: (path) => writeFileSync(path, 'long and short'),
    change: (path) => truncateSync(path, 4),
    look: 'stat -c %s PATH; cat PATH',
    before: '14\nlong and short',
    after: '4\nlong',
  },
  {
    what: 'a new file',
    make: (path) => mkdirSync(path),
    change: (path) => writeFileSync(join(path, 'new'), 'new'),
    look: 'ls PATH; cat PATH/new 2>&1 | sed "s/.*: //"',
    before: 'No such file or directory\n',
    after: 'new\nnew',
  },
  {
    what: 'a removed file',
    make: (path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'old'), 'old');
    },
    change: (path) => unlinkSync(join(path, 'old')),
    look: 'ls PATH; cat PATH/old 2>&1 | sed "s/.*: //"',
    before: 'old\nold',
    after: 'No such file or directory\n',
  },
  {
    what: 'a replaced file',
    make: (path) => writeFileSync(path, 'old'),
    change: (path) => {
      writeFileSync(`${path}.new`, 'new');
      renameSync(`${path}.new`, path);
    },
    look: 'cat PATH',
    before: 'old',
    after: 'new',
  },
  {
    what: 'a file that became a directory',
    make: (path) => writeFileSync(path, 'file'),
    change: (path) => {
      unlinkSync(path);
      mkdirSync(path);
      writeFileSync(join(path, 'inside'), '');
    },
    look: 'stat -c %F PATH; ls PATH/ 2> /dev/null',
    before: 'regular file\n',
    after: 'directory\ninside\n',
  },
  {
    what: 'a directory that became a file',
    make: (path) => mkdirSync(path),
    change: (path) => {
      rmdirSync(path);
      writeFileSync(path, 'file');
    },
    look: 'stat -c %F PATH; cat PATH 2> /dev/null',
    before: 'directory\n',
    after: 'regular file\nfile',
  },
  {
    what: 'a symlink to elsewhere',
    make: (path) => symlinkSync('first', path),
    change: (path) => {
      unlinkSync(path);
      symlinkSync('other', path);
    },
    look: 'readlink PATH',
    before: 'first\n',
    after: 'other\n',
  },
  {
    what: 'another mode and time',
    make: (path) => {
      writeFileSync(path, '');
      chmodSync(path, 0o644);
    },
    change: (path) => {
      chmodSync(path, 0o600);
      utimesSync(path, 7, 9);
    },
    look: 'stat -c "%a" PATH; [ "$(stat -c %Y PATH)" = 9 ] && echo 9 || echo now',
    before: '644\nnow\n',
    after: '600\n9\n',
  },
  {
    what: 'a renamed directory',
    make: (path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'file'), 'file');
    },
    change: (path) => renameSync(path, `${path}-moved`),
    look: 'cat PATH/file 2> /dev/null; cat PATH-moved/file 2> /dev/null; ls -d PATH* | wc -l',
    before: 'file1\n',
    after: 'file1\n',
  },
];

const FIRST = 'the first content';
const WRITTEN = 'THE first content';

/** How a file may lose its name, and what is shown by that name afterwards. */
const AWAY = [
  { what: 'renamed', script: 'mv FILE FILE-elsewhere', shown: 'gone\n' },
  { what: 'removed', script: 'rm FILE', shown: 'gone\n' },
  { what: 'replaced', script: 'printf new > FILE-new; mv FILE-new FILE', shown: 'new' },
  { what: 'made-again', script: 'rm FILE; printf new > FILE', shown: 'new' },
];

describe.each([
  { action: 'passthrough', base: '/var/tmp', timeout: 0 },
  { action: 'cached', base: '/var/tmp', timeout: 0 },
  { action: 'direct', base: '/var/tmp', timeout: 0 },
  { action: 'cached', base: '/dev/shm', timeout: 0 },
  { action: 'passthrough', base: '/dev/shm', timeout: 1 },
  { action: 'cached', base: '/var/tmp', timeout: 1 },
])('a lower tree beneath $base, $action, timeout $timeout s', ({ action, base, timeout }) => {
  let policy: PolicyFile;
  let daemon: RunningDaemon;
  beforeAll(async () => {
    policy = writePolicy(`version: 1\ndefault: ${action}\nrules: []\n`);
    daemon = await startDaemon({ base, policy: policy.path, timeoutSeconds: timeout });
  });
  afterAll(async () => {
    await daemon.stop();
    policy.remove();
  });

  const look = async ({ look: script }: Change, index: number): Promise<string> =>
    (await sh(script.replaceAll('PATH', `change-${index}`), { cwd: daemon.mount })).stdout;

  it(
    timeout === 0 ? 'shows each change at the next access' : `shows each change within ${timeout}.2 s`,
    async () => {
      const paths = CHANGES.map((_, index) => join(daemon.source, `change-${index}`));
      CHANGES.forEach(({ make }, index) => {
        make(paths[index] ?? '');
      });
      for (const [index, change] of CHANGES.entries()) {
        expect(await look(change, index), change.what).toBe(change.before);
        if (timeout > 0) continue;
        change.change(paths[index] ?? '');
        expect(await look(change, index), change.what).toBe(change.after);
      }
      if (timeout === 0) return;
      CHANGES.forEach(({ change }, index) => {
        change(paths[index] ?? '');
      });
      await sleep(timeout * 1200);
      for (const [index, change] of CHANGES.entries()) {
        expect(await look(change, index), change.what).toBe(change.after);
      }
    },
  );

  it('shows changes to who has the file open, too', async () => {
    const lower = join(daemon.source, 'open');
    writeFileSync(lower, 'first');
    const held = await holdOpen(join(daemon.mount, 'open'), constants.O_RDONLY);
    try {
      for (const text of timeout > 0 ? ['other'] : ['other', 'third', 'a longer text', 'short']) {
        expect(await held.read()).not.toBe(text);
        truncateSync(lower, text.length);
        overwrite(lower, text);
        if (timeout > 0) await sleep(timeout * 1200);
        expect(await held.read()).toBe(text);
        expect(await held.size()).toBe(text.length);
      }
    } finally {
      await held.close();
    }
  });

  it.each(['on the mount', 'on the lower tree'])(
    'leaves a file its bytes for who holds it, when it is renamed, removed or replaced %s',
    async (where) => {
      const top = where === 'on the mount' ? daemon.mount : daemon.source;
      const files: { name: string; script: string; shown: string; writable: boolean; held: HeldFile }[] = [];
      const holder = startHolder();
      try {
        for (const { what, script, shown } of AWAY) {
          for (const writable of [false, true]) {
            const name = `${what}-${writable ? 'writer' : 'reader'}-${where.length}`;
            writeFileSync(join(daemon.source, name), FIRST);
            const flags = writable ? constants.O_RDWR : constants.O_RDONLY;
            const held = await holder.open(join(daemon.mount, name), flags);
            files.push({ name, script: script.replaceAll('FILE', name), shown, writable, held });
            expect(await held.read(), name).toBe(FIRST);
          }
        }
        const scripts = files.map(({ script }) => script).join('\n');
        expect(await sh(`set -e\n${scripts}`, { cwd: top })).toMatchObject({ code: 0, stderr: '' });
        for (const late of timeout > 0 ? [false, true] : [true]) {
          if (late) await sleep(timeout * 1200);
          for (const { name, held } of files) {
            expect(await held.read(), name).toBe(FIRST);
            expect(await held.size(), name).toBe(FIRST.length);
          }
        }
        for (const { name, shown, writable, held } of files) {
          const seen = await sh(`cat ${name} 2> /dev/null || echo gone`, { cwd: daemon.mount });
          expect(seen.stdout, name).toBe(shown);
          if (!writable) continue;
          await held.write('THE', 0);
          expect(await held.read(), name).toBe(WRITTEN);
        }
      } finally {
        await holder.end();
      }
      for (const { name, shown, writable } of files) {
        const lower = join(daemon.source, name);
        if (name.startsWith('renamed')) {
          expect(readFileSync(`${lower}-elsewhere`, 'utf8')).toBe(writable ? WRITTEN : FIRST);
        }
        if (shown === 'new') expect(readFileSync(lower, 'utf8')).toBe('new');
      }
    },
  );
});
