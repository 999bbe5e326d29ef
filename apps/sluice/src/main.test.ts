import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlError } from '@sluice/control';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

describe('sluice stats', () => {
  it('shows counters, the most frequent request first', async () => {
    await program.run(ADD);
    const { out } = await program.run(['stats', '--volume', 'photos']);
    expect(out).toMatch(/^opens +12 passthrough, 5 cached$/m);
    expect(out).toMatch(/^registrations +6 opened, 4 closed, 2 live, 1 failed, 0 stranded$/m);
    expect(out).toMatch(/^through the daemon +8192 TiB read, 4.00 KiB written$/m);
    expect(out).toMatch(/^REQUEST {3}COUNT\nLOOKUP {6}120\nOPEN {9}17$/m);
  });

  it('gives with --json objects keyed by name', async () => {
    await program.run(ADD);
    expect(await program.runJson('stats')).toEqual({
      volumes: [
        {
          volume: 'photos',
          requests: { LOOKUP: 120, OPEN: 17 },
          opens: { passthrough: 12, cached: 5, reasons: { rule: 12, default: 5 } },
          bytesRead: 9_007_199_254_740_991,
          bytesWritten: 4096,
          registrations: { opened: 6, closed: 4, live: 2, failed: 1, stranded: 0 },
          nodes: 12,
          openFiles: 3,
          treeOpens: 4,
          fallbacks: { undelivered: 2 },
        },
      ],
    });
  });
});

describe('the exit code', () => {
  it('is 1 when the daemon could not do it', async () => {
    expect(await program.run(['policy', 'get', '--volume', 'none'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: there is no volume none\n',
    });
    program.backend.nextFailure = new ControlError('unavailable', 'the volume is stopping');
    expect((await program.run(['status'])).code).toBe(1);
  });

  it('is 2 when the command line makes no sense, and the daemon is not asked', async () => {
    const wrong = [
      [],
      ['volume'],
      ['reboot'],
      ['status', 'now'],
      ['status', '--jsn'],
      ['explain'],
      ['explain', 'a', '--size', '1q'],
      ['explain', 'a', '--uid', '-1'],
      ['explain', 'a', '--access', 'run'],
      ['volume', 'add', 'photos', '--source', '/s'],
      [...ADD, '--workers', '17'],
      [...ADD, '--timeout', 'soon'],
      ['policy', 'get', '--version', '0'],
      ['policy', 'apply', 'all', '--if-version', 'x'],
      ['policy', 'rollback', 'x'],
      ['policy', 'diff', '1', '2', '3'],
      ['policy', 'watch', '--after', '-1'],
      ['policy', 'test'],
      ['policy', 'replay', 'x'],
      ['trace', 'record'],
      ['trace', 'record', 'x', '--seconds', '86401'],
      ['trace', 'record', 'x', '--events', '0'],
      ['trace', 'record', 'x', '--bytes', '4GiB'],
      ['doctor', 'now'],
      ['doctor', '--source', '/s', '--volume', 'photos'],
      ['probe', '--source'],
    ];
    for (const words of wrong) {
      const { code, out, err } = await program.run(words);
      expect({ words, code, out }).toEqual({ words, code: 2, out: '' });
      expect(err).toMatch(/^(error: |Usage: )/);
    }
    expect(program.backend.calls).toEqual([]);
  });

  it('is 3 when no daemon answers, and says which socket was tried, who named it, and what to do', async () => {
    const missing = join(program.directory, 'missing.sock');
    const byOption = await program.run(['status', '--socket', 'missing.sock']);
    expect(byOption).toEqual({
      code: 3,
      out: '',
      err:
        `sluice: there is no socket ${missing}\n` +
        `  tried: ${missing} (named by --socket)\n` +
        '  start the daemon with npm start, or name its socket with --socket or SLUICE_SOCKET\n',
    });
    const byVariable = await program.run(['status'], false, { SLUICE_SOCKET: missing });
    expect(byVariable).toMatchObject({ code: 3, err: expect.stringContaining('(named by SLUICE_SOCKET)') });
    const inBundle = await program.run(['status'], false, {
      SLUICE_SOCKET: missing,
      SLUICE_COMMAND: '/base/current/bin/sluice',
    });
    expect(inBundle.err).toContain(
      '  start the daemon with /base/current/bin/sluiced, or from a computer with sluice device start, or name its socket',
    );
    const json = await program.run(['--json', '--socket', missing, 'stats']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'unavailable' } });
  });
});

describe('sluice doctor --volume', () => {
  it('of a volume that is not served names those that are', async () => {
    await program.run(ADD);
    for (const command of ['doctor', 'probe'])
      expect(await program.run([command, '--volume', 'music'])).toEqual({
        code: 1,
        out: '',
        err: 'sluice: there is no volume music; there are photos\n',
      });
  });

  it('ends with 3 where no daemon answers', async () => {
    expect((await program.run(['doctor', '--volume', 'x', '--socket', 'none.sock'])).code).toBe(3);
  });
});

describe('help', () => {
  const commands = ['status', 'volume list', 'volume add', 'volume remove', 'policy get', 'policy validate'];
  commands.push('policy apply', 'policy test', 'policy replay', 'policy history', 'policy diff');
  commands.push('policy rollback', 'policy watch', 'trace record', 'explain', 'stats', 'doctor', 'probe', '');

  it.each(commands)('for `sluice %s` has examples and the options all commands share', async (command) => {
    const { code, out, err } = await program.run([...command.split(' ').filter(Boolean), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Examples:\n  sluice ${command}`);
    expect(out).toContain('--json');
    expect(out).toContain('--socket <path>');
  });
});
