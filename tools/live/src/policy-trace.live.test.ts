import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const POLICY = `version: 1
default: cached
rules:
  - { id: videos, match: { path: 'DCIM/**', extension: mp4 }, action: passthrough }
`;

interface Line {
  kind?: string;
  path?: string;
  [field: string]: unknown;
}

describe('a trace', () => {
  let scratch: string;
  let daemon: RunningDaemon;
  let observer: Observer;
  let next = 0;
  /** Records while `act` runs: the lines of the file. */
  const record = async (act: string, ...options: string[]): Promise<{ file: string; lines: Line[] }> => {
    const file = join(scratch, `${next++}.jsonl`);
    const recording = daemon.sluice('trace', 'record', file, '--seconds', '2', ...options);
    await expect.poll(() => isThere(file), { timeout: 10_000 }).toBe(true);
    await sh(act, { cwd: daemon.mount });
    expect(await recording).toMatchObject({ code: 0, stderr: '' });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return { file, lines: lines.map((line) => JSON.parse(line) as Line) };
  };

  beforeAll(async () => {
    scratch = mkdtempSync('/var/tmp/sluice-trace-');
    writeFileSync(join(scratch, 'p.yaml'), POLICY);
    daemon = await startDaemon({ policy: 'none', timeoutSeconds: 0 });
    observer = observe(daemon);
    mkdirSync(join(daemon.source, 'DCIM/Camera'), { recursive: true });
    writeFileSync(join(daemon.source, 'DCIM/Camera/a.mp4'), 'x'.repeat(300_000));
    writeFileSync(join(daemon.source, 'note.txt'), 'y'.repeat(100));
  });
  afterAll(async () => {
    observer.close();
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  it('has what programs asked for, what was decided, and what the daemon carried', async () => {
    const { lines } = await record(
      'cat DCIM/Camera/a.mp4 > /dev/null; printf 12345 >> note.txt; stat missing; chmod 666 note.txt; ' +
        'setpriv --reuid 10057 --regid 10058 --clear-groups cat note.txt',
    );
    const [header, ...events] = lines;
    expect(header).toMatchObject({ sluiceTrace: 1, volume: 'live', policyName: 'none', hashed: false });
    expect(events.at(-1)).toMatchObject({ summary: { endedBy: 'seconds', dropped: 0 } });
    const opens = events.filter(({ kind }) => kind === 'open');
    expect(opens).toMatchObject([
      { path: 'DCIM/Camera/a.mp4', asked: 1, size: 300_000, uid: 0, mode: 'cached', rule: 'default' },
      { path: 'note.txt', asked: 2, size: 100, uid: 0 },
      { path: 'note.txt', asked: 1, size: 105, uid: 10_057, gid: 10_058 },
    ]);
    const closeOf = (open: Line | undefined): Line | undefined =>
      events.find(({ kind, handle }, index) => {
        return kind === 'close' && handle === open?.['handle'] && index > events.indexOf(open as Line);
      });
    expect(closeOf(opens[0])).toMatchObject({ bytesRead: 300_000, bytesWritten: 0 });
    expect(closeOf(opens[1])).toMatchObject({ bytesRead: 0, bytesWritten: 5 });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'lookup', path: 'missing', errno: 2 }));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'lookup', path: 'DCIM/Camera', errno: 0 }));
  });

  it('replayed tells what another policy would have passed through, as that policy then does', async () => {
    // One that nobody has read yet: what the page cache has is not asked for again.
    writeFileSync(join(daemon.source, 'DCIM/Camera/new.mp4'), 'z'.repeat(300_000));
    const act = 'cat DCIM/Camera/new.mp4 > /dev/null; cat note.txt > /dev/null';
    const { file } = await record(act);
    const replayed = await daemon.json('policy', 'replay', file, '--policy', join(scratch, 'p.yaml'));
    expect(replayed.policies[0]).toMatchObject({
      opens: 2,
      actions: { passthrough: 1, cached: 1 },
      rules: { videos: 1 },
    });
    expect(replayed.recorded.bytesThroughDaemon - replayed.policies[0].bytesThroughDaemon).toBe(300_000);
    expect(replayed.changedOpens).toBe(1);
    await daemon.json('policy', 'apply', join(scratch, 'p.yaml'));
    const { opens } = await observer.opensDuring(() => sh(act, { cwd: daemon.mount }));
    expect(opens).toEqual(replayed.policies[0].actions);
    await daemon.json('policy', 'apply', 'none');
  });

  it('can have its names hashed, but for those a policy spells out, and then be replayed with it', async () => {
    const policy = join(scratch, 'p.yaml');
    const options = ['--hash-names', '--keep-extensions', '--policy', policy];
    const { file, lines } = await record('cat DCIM/Camera/a.mp4 > /dev/null', ...options);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('Camera');
    const open = lines.find(({ kind }) => kind === 'open');
    expect(open?.path).toMatch(/^DCIM\/[0-9a-f]{16}\/[0-9a-f]{16}\.mp4$/);
    const replayed = await daemon.json('policy', 'replay', file, '--policy', policy);
    expect(replayed).toMatchObject({ notes: [], policies: [{ actions: { passthrough: 1 } }] });
  });

  it('ends with the number of events asked for', async () => {
    const file = join(scratch, 'few.jsonl');
    const recording = daemon.sluice('trace', 'record', file, '--seconds', '60', '--events', '3', '--json');
    await expect.poll(() => isThere(file), { timeout: 10_000 }).toBe(true);
    await sh('for i in 1 2 3 4 5 6; do stat missing$i; done', { cwd: daemon.mount });
    const { stdout } = await recording;
    expect(JSON.parse(stdout)).toMatchObject({ summary: { events: 3, endedBy: 'events' } });
  });

  it('is one at a time, ends with who asked for it, and counts what it has no room for', async () => {
    const request = {
      volume: 'live',
      maxEvents: 10_000_000,
      maxBytes: 0xffff_ffff,
      seconds: 3600,
      hashNames: false,
      keepExtensions: false,
      clearNames: [],
    };
    const leave = new AbortController();
    const first = observer.client.recordTrace(request, leave.signal)[Symbol.asyncIterator]();
    expect((await first.next()).value).toMatchObject({ kind: 'header' });
    await expect(
      observer.client.recordTrace(request, new AbortController().signal)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('one at a time'),
    });
    leave.abort();
    await first.next();
    await expect
      .poll(async () => {
        const again = observer.client.recordTrace({ ...request, seconds: 1 }, new AbortController().signal);
        try {
          return ((await again[Symbol.asyncIterator]().next()).value as { kind: string }).kind;
        } catch {
          return 'refused';
        }
      })
      .toBe('header');
  });
});

function isThere(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}
