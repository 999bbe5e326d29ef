/** Several processes at one file: databases, locks, and an editor's save beneath a reader's hands. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICIES, python, startBothTrees } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

describe.each(POLICIES)('processes that share files under the policy %s', (policy) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ policy });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  it('keep an SQLite database in WAL mode whole, four writing and two reading', async () => {
    const { mounted, lower } = trees.make('sqlite');
    const result = await python('sqlite-writers.py', [join(mounted, 'db'), '4', '100']);
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: '0 400 400\nok\n' });
    const checked = await sh('sqlite3 db "PRAGMA integrity_check; SELECT count(*) FROM entry"', {
      cwd: lower,
    });
    expect(checked).toMatchObject({ code: 0, stdout: 'ok\n400\n' });
  });

  it('exclude each other by flock and by POSIX record locks', async () => {
    const { mounted } = trees.make('locks');
    expect(await python('counting-under-lock.py', [mounted, '8', '50'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'flock 400\nlockf 400\nopen file description 400\n',
    });
    const busy = await sh(
      'exec 9> lock; flock -x 9; flock -n lock true; echo $?; exec 9>&-; flock -n lock echo free',
      {
        cwd: mounted,
      },
    );
    expect(busy).toMatchObject({ stdout: '1\nfree\n' });
  });

  it('see either the old or the new text, whole, of a file that an editor saves', async () => {
    const { mounted, lower } = trees.make('editor');
    const result = await python('saving-editor.py', [join(mounted, 'text'), '150']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^held old text\nreaders saw whole texts only\n$/);
    expect(await sh('ls -A', { cwd: lower })).toMatchObject({ stdout: 'text\ntext~\n' });
  });
});
