import { describe, expect, it } from 'vitest';
import { SUSPICIOUS_POLICY } from '@sluice/control/testing';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

describe('sluice policy', () => {
  it('gets the text alone on its output, and what it is beside it', async () => {
    await program.run([...ADD, '--policy', 'suspicious.yaml']);
    const { out, err } = await program.run(['policy', 'get', '--volume', 'photos']);
    expect(out).toBe(SUSPICIOUS_POLICY);
    expect(err).toContain('version 1, applied 2023-11-14T22:13:21.000Z');
    expect(await program.runJson('policy', 'get')).toEqual(await program.backend.getPolicy('photos'));
  });

  it('validates a broken file: the place of the problem, and exit code 1', async () => {
    expect(await program.run(['policy', 'validate', 'broken.yaml'])).toEqual({
      code: 1,
      out: 'broken.yaml:2:13: error: unknown action pasthrough; did you mean passthrough?\n',
      err: '',
    });
    const { code, out } = await program.run(['policy', 'validate', 'broken.yaml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ severity: 'error', file: 'broken.yaml', line: 2, column: 13 }]);
  });

  it('validates a good file, which may have warnings', async () => {
    expect(await program.run(['policy', 'validate', 'fine.yaml'])).toEqual({
      code: 0,
      out: 'fine.yaml: fine\n',
      err: '',
    });
    expect(await program.run(['policy', 'validate', 'suspicious.yaml'])).toMatchObject({
      code: 0,
      out: 'suspicious.yaml:3:5: warning: this rule can never be reached\nsuspicious.yaml: fine\n',
    });
    expect(await program.runJson('policy', 'validate', 'fine.yaml')).toEqual([]);
  });

  it('applies a file under its name', async () => {
    await program.run(ADD);
    const { code, out, err } = await program.run(['policy', 'apply', 'suspicious.yaml']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'photos: policy suspicious.yaml, version 2, is in force',
        '3 of 12 known nodes are decided otherwise',
        '  DCIM/a.mp4   uid 10057 read   cached (default)   → passthrough (videos)',
        '  …',
        'the kernel was told to forget 2 names and the attributes of 1 node',
        '2 of 3 open files would be opened otherwise now:',
        '  DCIM/b.mp4 (uid 10057, passthrough, now cached): a descriptor that passes through cannot be recalled',
        '  …',
        'tree bound: Android/obb',
        'tree unbound: Android/data',
        '',
      ].join('\n'),
    );
    expect(err).toBe('suspicious.yaml:3:5: warning: this rule can never be reached\n');
    expect(program.backend.calls.at(-1)?.arguments).toEqual([
      '',
      SUSPICIOUS_POLICY,
      'suspicious.yaml',
      { why: '', dryRun: false },
    ]);
  });

  it('applies a preset as its bare name, even beside a directory of that name', async () => {
    await program.run(ADD);
    expect(await program.runJson('policy', 'apply', 'all', '--volume', 'photos')).toMatchObject({
      version: 2,
    });
    expect(program.backend.calls.at(-1)?.arguments.slice(0, 3)).toEqual(['photos', 'all', 'preset:all']);
  });

  it('says where a refused policy is broken', async () => {
    await program.run(ADD);
    expect(await program.run(['policy', 'apply', 'broken.yaml'])).toEqual({
      code: 1,
      out: '',
      err:
        'sluice: the policy broken.yaml is broken\n' +
        'broken.yaml:2:13: error: unknown action pasthrough; did you mean passthrough?\n',
    });
    const { code, out, err } = await program.run(['policy', 'apply', 'broken.yaml', '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'invalid_argument', diagnostics: [{ line: 2, column: 13 }] },
    });
  });

  it('tells with --dry-run what would change, and hands why and the version expected on', async () => {
    await program.run(ADD);
    const { out } = await program.run(['policy', 'apply', 'fine.yaml', '--dry-run', '--why', 'to see']);
    expect(out).toContain(
      'photos: policy fine.yaml would be version 2; nothing was changed\n3 of 12 known nodes would be',
    );
    expect(program.backend.calls.at(-1)?.arguments[3]).toEqual({ why: 'to see', dryRun: true });
    expect(await program.run(['policy', 'apply', 'fine.yaml', '--if-version', '7'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: version 1 is in force, not 7\n',
    });
  });

  it('rolls back, lists what is kept, and gets an earlier version', async () => {
    await program.run([...ADD, '--policy', 'fine.yaml']);
    await program.run(['policy', 'apply', 'all']);
    expect((await program.run(['policy', 'rollback'])).out).toContain(
      'photos: policy rules: []\\x0a, version 3',
    );
    expect(program.backend.calls.at(-1)?.arguments.slice(0, 2)).toEqual(['', 0]);
    const { out } = await program.run(['policy', 'history']);
    expect(out).toMatch(/^VERSION {3}APPLIED +BY +POLICY +DIGEST +WHY$/m);
    expect(out).toMatch(
      /^3 \* +2023-11-14T22:13:21.000Z +sluice uid 0 pid 77 +.*\(rolled back to 1\) +d1d1d1d1d1d1$/m,
    );
    expect(await program.runJson('policy', 'history')).toMatchObject([
      { version: 3, inForce: true, rollbackOf: 1 },
      { version: 2, inForce: false },
      { version: 1, inForce: false },
    ]);
    expect((await program.run(['policy', 'get', '--version', '2'])).out).toBe('all\n');
    expect((await program.run(['policy', 'get', '--version', '9'])).err).toContain('there is no version 9');
  });

  it('shows what is different between versions', async () => {
    await program.run(ADD);
    expect((await program.run(['policy', 'diff', '1', '2'])).out).toBe(
      '--- version 1\n+++ version 2\n@@ -1 +1 @@\n-rules: []\n+rules: [] # none\n\n' +
        'rule videos is new, at position 2\nrule photos has moved from position 3 to 1\n',
    );
    expect(program.backend.calls.at(-1)?.arguments).toEqual(['', 1, 2]);
    expect(await program.runJson('policy', 'diff')).toMatchObject({ fromVersion: 1, toVersion: 2 });
    expect(program.backend.calls.at(-1)?.arguments).toEqual(['', 0, 0]);
  });

  it('watches, a line for each event, until it has seen enough or is interrupted', async () => {
    await program.run(ADD);
    await program.run(['policy', 'apply', 'all', '--why', 'why not']);
    const two = ['policy', 'watch', '--after', '0', '--events', '2'];
    const { code, out } = await program.run(two);
    expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(out).toContain(
      'photos: preset:all'.replace('preset:', '') + ', version 2 is in force (sluice uid 0 pid 77): why not',
    );
    const lines = (await program.run([...two, '--json'])).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ version: 1 }, { version: 2 }]);
    const waiting = program.run(['policy', 'watch']);
    await expect.poll(() => program.interrupts.size).toBe(1);
    for (const interrupt of program.interrupts) interrupt();
    expect(await waiting).toMatchObject({ code: 0, out: '' });
    expect(program.interrupts.size).toBe(0);
  });

  it('runs what a policy expects of itself at the daemon when asked to', async () => {
    expect(await program.run(['policy', 'validate', 'disappointed.yaml'])).toMatchObject({ code: 0 });
    expect(await program.run(['policy', 'validate', 'disappointed.yaml', '--expect'])).toMatchObject({
      code: 1,
      out: 'disappointed.yaml:3:5: error: a is cached, not hide\n',
    });
    expect((await program.run(['policy', 'validate', 'fine.yaml', '--expect'])).out).toBe(
      'fine.yaml: fine, 2 expectations hold\n',
    );
  });

  it('fails on what it cannot read, without asking the daemon', async () => {
    expect(await program.run(['policy', 'apply', 'nothing'])).toMatchObject({
      code: 1,
      err: 'sluice: nothing is neither a file nor a preset (all, none, big-files, auto, android-media)\n',
    });
    expect((await program.run(['policy', 'validate', 'nothing'])).err).toContain('there is no such file');
    expect((await program.run(['policy', 'validate', 'latin1.yaml'])).err).toContain(
      'latin1.yaml is not UTF-8 text',
    );
    expect(program.backend.calls).toEqual([]);
  });
});
