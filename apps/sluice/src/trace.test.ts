import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS as KNOWN } from '@sluice/policy';
import type { TraceEvent, TracePart } from '@sluice/control';
import { PRESETS } from './policy-source.ts';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

const HEADER: TracePart = {
  kind: 'header',
  header: {
    format: 1,
    volume: 'photos',
    policyVersion: 3,
    policyName: 'none',
    policyDigest: 'ab',
    foldNames: false,
    hashed: false,
    keepExtensions: false,
    startedAtMs: 5,
  },
};
const APP = { uid: 10_057, gid: 10_057 };

function open(handle: string, path: string, size: number, mode: string, asked = 1): TraceEvent {
  const decided = { action: mode, rule: 'default', mode, reason: 'default' };
  return { kind: 'open', atMs: 1, path, ...APP, handle, asked, size, ...decided };
}

function close(handle: string, bytesRead: number): TraceEvent {
  return { kind: 'close', atMs: 2, handle, bytesRead, bytesWritten: 0 };
}

const EVENTS: TraceEvent[] = [
  { kind: 'lookup', atMs: 1, path: 'secret/a', ...APP, errno: 0 },
  open('1.0', 'DCIM/a.mp4', 5000, 'cached'),
  open('2.0', 'note.txt', 100, 'cached'),
  close('2.0', 40),
  close('1.0', 3000),
  // The handle comes back; this one is still open when the trace ends.
  open('1.0', 'DCIM/b.mp4', 700, 'passthrough'),
];
const SUMMARY: TracePart = { kind: 'summary', summary: { events: 6, dropped: 0, endedBy: 'seconds' } };

describe('sluice trace record', () => {
  it('writes what comes, a line each, and says how many events there were', async () => {
    await program.run(ADD);
    program.backend.traceParts = [HEADER, { kind: 'events', events: EVENTS }, SUMMARY];
    const words = ['trace', 'record', 'a.jsonl', '--seconds', '7', '--events', '8', '--bytes', '1KiB'];
    expect(await program.run(words)).toEqual({ code: 0, out: 'a.jsonl: 6 events\n', err: '' });
    expect(program.backend.calls.at(-1)?.arguments).toMatchObject([
      { seconds: 7, maxEvents: 8, maxBytes: 1024, hashNames: false, clearNames: [] },
    ]);
    const lines = readFileSync(join(program.directory, 'a.jsonl'), 'utf8').trimEnd().split('\n');
    const [header, ...rest] = lines.map((line) => JSON.parse(line) as object);
    expect(header).toMatchObject({ sluiceTrace: 1, volume: 'photos', policyDigest: 'ab', hashed: false });
    expect(rest).toEqual([...EVENTS, { summary: { events: 6, dropped: 0, endedBy: 'seconds' } }]);
    expect((await program.run(words)).err).toBe('sluice: a.jsonl is there already\n');
  });

  it('leaves names unhashed that the policies named spell out', async () => {
    await program.run(ADD);
    const path = "['{DCIM,Pictures/x}/**', '**/*.mp4', 'a?/Music/b*']";
    const text = `version: 1\nrules:\n  - { match: { path: ${path} }, action: passthrough }\n`;
    writeFileSync(join(program.directory, 'named.yaml'), text);
    await program.run(['trace', 'record', 'b.jsonl', '--hash-names', '--policy', 'named.yaml']);
    expect(program.backend.calls.at(-1)?.arguments).toMatchObject([
      { hashNames: true, keepExtensions: false, clearNames: ['DCIM', 'Music', 'Pictures', 'x'] },
    ]);
  });

  it('leaves no file behind where the daemon refuses', async () => {
    expect(await program.run(['trace', 'record', 'c.jsonl'])).toMatchObject({
      code: 1,
      err: 'sluice: which volume?\n',
    });
    expect(existsSync(join(program.directory, 'c.jsonl'))).toBe(false);
  });

  it('says when the recording was cut off', async () => {
    await program.run(ADD);
    program.backend.traceParts = [HEADER];
    expect(await program.run(['trace', 'record', 'd.jsonl'])).toMatchObject({
      code: 1,
      err: 'the recording was cut off\n',
    });
  });
});

describe('sluice policy replay', () => {
  const policy = `version: 1
default: cached
rules:
  - { id: secret, match: { path: 'secret/**', caller: { uid: 10000-19999 } }, action: hide }
  - { id: videos, match: { extension: mp4 }, action: passthrough }
`;

  function write(name: string, ...lines: unknown[]): void {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    writeFileSync(join(program.directory, name), text);
  }

  function trace(name: string, header: object = {}): void {
    const { header: plain } = HEADER as Extract<TracePart, { kind: 'header' }>;
    const first = { sluiceTrace: 1, ...plain, clearNames: [], ...header };
    write(name, first, ...EVENTS, { summary: { events: 6, dropped: 0, endedBy: 'seconds' } });
  }

  it('tells what would have passed through and which bytes would have gone where', async () => {
    trace('t.jsonl');
    write('p.yaml', policy);
    expect(await program.runJson('policy', 'replay', 't.jsonl', '--policy', 'p.yaml')).toMatchObject({
      notes: [],
      recorded: {
        opens: 3,
        actions: { cached: 2, passthrough: 1 },
        bytesThroughDaemon: 3040,
        bytesPast: 700,
      },
      policies: [
        {
          name: 'p.yaml',
          actions: { passthrough: 2, cached: 1 },
          rules: { videos: 2, default: 1 },
          bytesThroughDaemon: 40,
          bytesPast: 3700,
          bytesEstimated: 700,
          lookupsHidden: 1,
        },
      ],
      changedOpens: 1,
      changedByRule: { videos: 1 },
      samples: [{ path: 'DCIM/a.mp4', fromAction: 'cached', toAction: 'passthrough', toRule: 'videos' }],
    });
    expect(program.backend.calls).toEqual([]);
  });

  it('compares two policies, and shows a table', async () => {
    trace('t.jsonl');
    write('p.yaml', policy);
    const words = ['policy', 'replay', 't.jsonl', '--policy', 'p.yaml', '--against', 'all'];
    expect(await program.runJson(...words)).toMatchObject({
      changedOpens: 1,
      samples: [{ path: 'note.txt', fromAction: 'passthrough', toAction: 'cached' }],
    });
    const { out } = await program.run(words);
    expect(out).toMatch(/^as recorded +3 +1 +2.97 KiB +700 B/m);
    expect(out).toMatch(/^all +3 +3 +0 B +3.65 KiB/m);
    expect(out).toContain('1 of 3 opens are decided otherwise\n  1 by no rule\n');
  });

  it('says of hashed names what cannot be told', async () => {
    trace('h.jsonl', { hashed: true, keepExtensions: true, clearNames: ['secret'] });
    write('p.yaml', policy);
    const words = ['policy', 'replay', 'h.jsonl', '--policy'];
    expect(await program.runJson(...words, 'p.yaml')).toMatchObject({ notes: [] });
    write('q.yaml', "version: 1\nrules: [{ match: { path: ['IMG_*', 'DCIM/*.mp4'] }, action: direct }]\n");
    expect((await program.run([...words, 'q.yaml'])).out).toContain(
      'q.yaml asks about their letters (DCIM, IMG_*)',
    );
  });

  it('names file and line of what is no trace', async () => {
    write('p.yaml', policy);
    const tried = async (...lines: unknown[]): Promise<string> => {
      write('bad.jsonl', ...lines);
      return (await program.run(['policy', 'replay', 'bad.jsonl', '--policy', 'p.yaml'])).err;
    };
    expect(await tried('rules: []')).toContain('bad.jsonl:1: no trace');
    expect(await tried({ sluiceTrace: 2 })).toContain('bad.jsonl:1: a trace of format 2');
    expect(await tried({ sluiceTrace: 1 }, 'x')).toContain('bad.jsonl:2: no event');
    expect(await tried({ sluiceTrace: 1 }, { ...EVENTS[1], size: -1 })).toContain(
      'bad.jsonl:2: "size" of this open',
    );
    expect(await tried({ sluiceTrace: 1 }, { kind: 'constructor' })).toContain('bad.jsonl:2: no event');
  });
});

describe('sluice policy test', () => {
  it('says where an expectation fails, and ends with exit code 1', async () => {
    const text = `version: 1
default: cached
rules: [{ id: v, match: { extension: mp4, caller: { package: com.a } }, action: passthrough }]
expect:
  - { path: a.mp4, package: com.a, access: read, action: passthrough, rule: v }
  - { path: a.txt, access: read, action: passthrough }
`;
    writeFileSync(join(program.directory, 'e.yaml'), text);
    writeFileSync(join(program.directory, 'packages.list'), 'com.a 10057 0\n');
    const words = ['policy', 'test', 'e.yaml', 'fine.yaml', '--packages', 'packages.list'];
    const { code, out } = await program.run(words);
    expect(code).toBe(1);
    expect(out).toMatch(/^e\.yaml:6:\d+: error: /m);
    expect(out).toContain('e.yaml: failed (1 passed, 1 failed)\n');
    const json = JSON.parse((await program.run([...words, '--json'])).out) as object[];
    expect(json[0]).toMatchObject({ file: 'e.yaml', passed: 1, failed: [{ line: 6, severity: 'error' }] });
    expect(program.backend.calls).toEqual([]);
  });

  it('ends with 0 where all hold, and with 1 for a policy that is broken', async () => {
    const text = 'version: 1\ndefault: cached\nexpect: [{ path: a, access: read, action: cached }]\n';
    writeFileSync(join(program.directory, 'ok.yaml'), text);
    expect(await program.run(['policy', 'test', 'ok.yaml'])).toEqual({
      code: 0,
      out: 'ok.yaml: ok (1 passed, 0 failed)\n',
      err: '',
    });
    expect(await program.run(['policy', 'test', 'broken.yaml'])).toMatchObject({ code: 1 });
  });
});

describe('the presets that the program knows', () => {
  it('are those there are', () => {
    expect([...PRESETS].sort()).toEqual(Object.keys(KNOWN).sort());
  });
});
