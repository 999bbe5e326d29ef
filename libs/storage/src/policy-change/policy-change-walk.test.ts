import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { O, S, Scratch, sys } from '@sluice/sys';
import { PolicyImage, loadPolicy } from '@sluice/policy';
import { HEADER, Lock } from '@sluice/session';
import { OPEN_FILE } from '../layout.ts';
import { ROOT } from '../node-table.ts';
import { OpenFiles } from '../open-files.ts';
import { MODE } from '../open-mode.ts';
import { SMALL_GEOMETRY, Tables } from '../tables.fixture.ts';
import { INVALIDATE } from './invalidation-list.ts';
import { Invalidator } from './invalidator.ts';
import { PolicyChangeWalk } from './policy-change-walk.ts';

const DEPTH = 20_000;
const tables = new Tables({ ...SMALL_GEOMETRY, nodes: DEPTH + 1000, nameBytes: (DEPTH + 1000) * 16 });
const { memory, nodes, geometry } = tables;
const scratch = new Scratch();
const rootFd = sys.openPath('/', O.RDONLY | O.DIRECTORY, 0);
afterAll(() => sys.close(rootFd));

let nextIno = 10n;
beforeEach(() => {
  tables.reset();
  nextIno = 10n;
});

function child(parent: number, name: string, type: number = S.IFREG): number {
  const at = tables.create({ ino: nextIno++, type });
  tables.setName(at, parent, name);
  nodes.addLookup(at);
  return at;
}

function directory(parent: number, name: string): number {
  return child(parent, name, S.IFDIR);
}

function image(rules: string, head = ''): PolicyImage {
  const { image: compiled, diagnostics } = loadPolicy(
    `version: 1\ndefault: cached\n${head}\nrules: [${rules}]\n`,
  );
  if (compiled === undefined) throw new Error(JSON.stringify(diagnostics));
  return new PolicyImage(new Uint8Array(compiled).buffer, 0);
}

function walk(from: PolicyImage, to: PolicyImage, everything = true): PolicyChangeWalk {
  return new PolicyChangeWalk({ memory, geometry, rootFd, scratch, from, to, timeoutMs: 1000, everything });
}

const NOTHING = image('');
const root = (): number => nodes.at(ROOT);

/** What the kernel would be told, as text. */
function told(change: PolicyChangeWalk, mounts: string[] = []): string[] {
  return toldWithPauses(change, mounts).filter((line) => line !== 'pause');
}

function toldWithPauses(change: PolicyChangeWalk, mounts: string[] = []): string[] {
  const lines: string[] = [];
  const nameOf = (name: Uint8Array): string => new TextDecoder().decode(name);
  new Invalidator(memory, geometry, {
    invalidateEntry: (parent, name, expireOnly) => {
      lines.push(`${expireOnly === true ? 'expire' : 'drop'} ${nameOf(name)} of ${parent.slot}`);
      return 0;
    },
    invalidateAttributes: ({ slot }) => {
      lines.push(`attributes ${slot}`);
      return 0;
    },
  }).run(change.invalidations.words(), new Set(mounts), () => lines.push('pause'));
  return lines;
}

describe('a change of policy', () => {
  it('finds the nodes that are decided otherwise, with a caller, a path and both rules', async () => {
    const d = directory(root(), 'd');
    child(d, 'a.mp4');
    child(d, 'b.txt');
    const change = walk(
      NOTHING,
      image("{ id: v, match: { path: '**/*.mp4', caller: { uid: 5 } }, action: passthrough }"),
    );
    expect(await change.run()).toMatchObject({
      nodesExamined: 4,
      nodesChanged: 1,
      entries: 0,
      attributes: 0,
      callersCompared: 2,
      callersCapped: false,
      incomplete: false,
      samples: [
        {
          path: 'd/a.mp4',
          uid: 5,
          fromAction: 'cached',
          fromRule: 'default',
          toAction: 'passthrough',
          toRule: 'v',
        },
      ],
    });
  });

  it('makes the kernel forget names that appear, vanish or turn into another view, and no others', async () => {
    const d = directory(root(), 'd');
    for (const name of ['hidden', 'photo', 'denied', 'same', 'plain']) child(d, name);
    const from = image("{ match: { path: 'd/same' }, action: hide }");
    const to = image(
      `{ match: { path: 'd/same' }, action: hide }, { match: { path: 'd/hidden', caller: { uid: 7 } }, action: hide },
       { match: { path: 'd/photo' }, action: redact }, { match: { path: 'd/denied' }, action: deny },
       { match: { path: 'd/plain' }, action: direct }`,
    );
    const there = walk(from, to, false);
    expect(await there.run()).toMatchObject({ nodesChanged: 4, entries: 2, attributes: 0 });
    const expected = [`drop hidden of ${nodes.slotOf(d)}`, `drop photo of ${nodes.slotOf(d)}`];
    expect(told(there)).toEqual(expected);
    const back = walk(to, from, false);
    await back.run();
    expect(told(back)).toEqual(expected);
  });

  it('forgets names and attributes that are valid for a shorter time, not for a longer one', async () => {
    const file = child(root(), 'f');
    const short = image('', 'defaults: { entry-timeout: 500ms, attribute-timeout: 900ms }');
    const long = image('', 'defaults: { entry-timeout: 5s, attribute-timeout: 5s }');
    const shorter = walk(NOTHING, short, false);
    expect(await shorter.run()).toMatchObject({ nodesChanged: 0, entries: 1, attributes: 2 });
    const slot = nodes.slotOf(file);
    expect(told(shorter).sort()).toEqual([`attributes ${ROOT}`, `attributes ${slot}`, `drop f of ${ROOT}`]);
    const longer = walk(NOTHING, long, false);
    expect(await longer.run()).toMatchObject({ entries: 0, attributes: 0 });
  });

  it('lets a name expire instead of dropping it where something is mounted at it or beneath', async () => {
    const d = directory(root(), 'd');
    directory(d, 'obb');
    directory(d, 'data');
    const change = walk(NOTHING, image("{ match: { path: 'd/*' }, action: hide }"));
    await change.run();
    expect(told(change, ['d', 'd/obb']).sort()).toEqual([
      `drop data of ${nodes.slotOf(d)}`,
      `expire obb of ${nodes.slotOf(d)}`,
    ]);
  });

  it('looks at no node where neither policy has a say about names, but for a dry run', async () => {
    child(root(), 'f');
    const to = image("{ match: { path: '**' }, action: passthrough }");
    expect(await walk(NOTHING, to, false).run()).toMatchObject({ nodesExamined: 0 });
    expect(await walk(NOTHING, to, true).run()).toMatchObject({ nodesExamined: 2, nodesChanged: 1 });
  });

  it('sees a difference that shows for some sizes alone', async () => {
    child(root(), 'f');
    const to = image('{ match: { size: { min: 1MiB, max: 3MiB } }, action: passthrough }');
    expect(await walk(NOTHING, to).run()).toMatchObject({ nodesChanged: 1 });
  });

  it('pauses between batches of names, the first of which are small', async () => {
    for (let i = 0; i < 300; i++) child(root(), `f${i}`);
    const change = walk(NOTHING, image("{ match: { path: 'f*' }, action: hide }"));
    await change.run();
    const runs: number[] = [0];
    for (const line of toldWithPauses(change)) {
      if (line === 'pause') runs.push(0);
      else runs.push((runs.pop() ?? 0) + 1);
    }
    expect([runs.slice(0, 6), runs.reduce((sum, run) => sum + run)]).toEqual([[1, 2, 4, 8, 16, 16], 300]);
  });

  it('leaves out nodes that went away before the kernel was told', async () => {
    const file = child(root(), 'f');
    const change = walk(NOTHING, image('{ match: { path: f }, action: hide }'));
    await change.run();
    expect(change.invalidations.words()[2]).toBe(INVALIDATE.entry);
    nodes.free(file);
    expect(told(change)).toEqual([]);
  });

  it('works its way down paths that are deeper than a slice, as directories move', async () => {
    let at = directory(root(), 'top');
    const top = at;
    for (let depth = 1; depth < DEPTH; depth++) at = directory(at, 'd');
    child(at, 'f');
    const change = walk(NOTHING, image("{ match: { path: 'top/**' }, action: hide }"));
    const running = change.run();
    await new Promise(setImmediate);
    tables.setName(top, root(), 'elsewhere');
    memory.add(HEADER.pathEpoch, 1);
    // What was seen before it moved was hidden then; the rest is not beneath top any more.
    const { nodesExamined, nodesChanged } = await running;
    expect(nodesExamined).toBe(DEPTH + 2);
    expect(nodesChanged).toBeLessThan(DEPTH / 2);
    expect(
      await walk(NOTHING, image("{ match: { path: 'elsewhere/**' }, action: hide }")).run(),
    ).toMatchObject({
      nodesChanged: DEPTH + 1,
    });
  });

  it('can be cancelled, and says that it did not come to its end', async () => {
    for (let i = 0; i < 900; i++) child(root(), `f${i}`);
    const change = walk(NOTHING, image("{ match: { path: '*' }, action: hide }"));
    const running = change.run();
    change.cancel();
    const found = await running;
    expect(found.incomplete).toBe(true);
    expect(found.nodesExamined).toBeLessThan(900);
  });

  it('lets go of the table lock between slices', async () => {
    for (let i = 0; i < 900; i++) child(root(), `f${i}`);
    const lock = new Lock(memory, HEADER.tableLock);
    const running = walk(NOTHING, image("{ match: { path: '*' }, action: hide }")).run();
    let got = 0;
    let done = false;
    void running.then(() => (done = true));
    while (!done) {
      if (lock.tryAcquire()) {
        got++;
        lock.release();
      }
      await new Promise(setImmediate);
    }
    expect(got).toBeGreaterThan(4);
  });
});

describe('open files under another policy', () => {
  const openFiles = new OpenFiles(memory, tables.layout);

  function open(node: number, mode: number, flags: number, uid: number): void {
    const at = openFiles.create(nodes.slotOf(node), mode, flags, -1);
    memory.setU32(at + OPEN_FILE.uid, uid);
    memory.setU32(at + OPEN_FILE.gid, uid);
  }

  it('are those that would be opened otherwise now, by who opened them and what for', async () => {
    const d = directory(root(), 'd');
    const [passing, cached, other] = [child(d, 'passing'), child(d, 'cached'), child(d, 'other')];
    open(passing, MODE.passthrough, O.RDONLY, 5);
    open(cached, MODE.cached, O.WRONLY, 5);
    open(cached, MODE.cached, O.RDONLY, 5);
    open(other, MODE.cached, O.RDONLY, 6);
    const from = image("{ match: { path: 'd/passing' }, action: passthrough }");
    const to = image(
      "{ id: w, match: { path: 'd/cached', access: write, caller: { uid: 5 } }, action: direct }",
    );
    const found = await walk(from, to, false).run();
    expect(found).toMatchObject({ nodesExamined: 0, openFilesExamined: 4, openFilesChanged: 2 });
    expect(found.openFiles).toMatchObject([
      { path: 'd/passing', uid: 5, mode: 'passthrough', toAction: 'cached', toRule: 'default' },
      { path: 'd/cached', uid: 5, mode: 'cached', toAction: 'direct', toRule: 'w' },
    ]);
    expect(found.openFiles[0]?.note).toContain('cannot be recalled');
    expect(found.openFiles[1]?.note).toContain('goes on as it was opened');
  });

  it('are judged by the size of the lower file where a rule asks for it', async () => {
    // The root of this volume is the machine's own: a file that is not empty is there.
    open(child(directory(root(), 'etc'), 'passwd'), MODE.cached, O.RDONLY, 0);
    const small = image('{ match: { size: { min: 1, max: 1GiB } }, action: direct }');
    expect(await walk(NOTHING, small, false).run()).toMatchObject({
      openFilesExamined: 1,
      openFilesChanged: 1,
      openFiles: [{ path: 'etc/passwd', toAction: 'direct' }],
    });
    const large = image('{ match: { size: { min: 1GiB } }, action: direct }');
    expect(await walk(NOTHING, large, false).run()).toMatchObject({
      openFilesExamined: 1,
      openFilesChanged: 0,
    });
  });
});
