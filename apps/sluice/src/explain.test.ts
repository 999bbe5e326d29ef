import { describe, expect, it } from 'vitest';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

describe('sluice explain', () => {
  it('shows the decision, the rule, and what an open would get now', async () => {
    await program.run(ADD);
    expect((await program.run(['explain', 'DCIM/a.mp4'])).out).toBe(
      [
        'DCIM/a.mp4 in photos',
        'policy     passthrough   rule videos (rule), 3.73 GiB, policy version 1',
        'why                      large media',
        'now        cached        inode-cached',
        'asked by                 uid 1000, gid 1000 (class 1), about a file',
        'options                  names valid 1 s, attributes 500 ms, 128 KiB read ahead',
        'way  DCIM read as dcim [4]',
        'rules before it that did not match',
        '  photos   line 7   the extension is not one of jpg',
        '',
      ].join('\n'),
    );
    expect(program.backend.calls.at(-1)?.arguments).toEqual([
      { volume: '', path: 'DCIM/a.mp4', access: ['read'], uid: 1000 },
    ]);
  });

  it('asks for the access, size and user it was told', async () => {
    await program.run(ADD);
    const options = ['--access', 'write,create', '--size', '64KiB', '--uid', '10057', '--volume', 'photos'];
    expect(await program.runJson('explain', 'a.txt', ...options)).toMatchObject({
      volume: 'photos',
      path: 'a.txt',
      action: 'cached',
      reason: 'default',
      rule: 'default',
      size: 65_536,
      outcome: 'cached',
      outcomeReason: 'inode-cached',
      policyVersion: 1,
    });
    expect(program.backend.calls.at(-1)?.arguments).toEqual([
      { volume: 'photos', path: 'a.txt', access: ['write', 'create'], size: 65_536, uid: 10_057 },
    ]);
  });

  it('asks as a package, about a type, or about the name alone', async () => {
    await program.run(ADD);
    const words = [
      'explain',
      'd',
      '--access',
      'name',
      '--package',
      'com.a',
      '--gid',
      '5',
      '--type',
      'directory',
    ];
    await program.run(words);
    expect(program.backend.calls.at(-1)?.arguments).toEqual([
      { volume: '', path: 'd', access: [], uid: 0, gid: 5, package: 'com.a', type: 'directory' },
    ]);
  });
});
