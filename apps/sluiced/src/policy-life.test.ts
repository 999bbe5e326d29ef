import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '@sluice/control';
import type { PolicyEvent } from '@sluice/control';
import type { Log } from './log.ts';
import { DAEMON, PolicyLife } from './policy-life.ts';
import type { PolicySwitch } from './policy-life.ts';
import { initialPolicy } from './policy-start.ts';
import { PolicyStore } from './policy-store.ts';

let directory: string;
let store: PolicyStore;
let life: PolicyLife;
let packages: Map<string, number[]>;
/** What the volume's process was asked, in order. */
let asked: string[];
let process: PolicySwitch;

const CALLER = { uid: 5, pid: 6, program: 'test' };
const NONE = { openFilesChanged: 0 } as never;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-life-'));
  store = new PolicyStore(directory, 'photos');
  packages = new Map();
  asked = [];
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return Promise.resolve(value);
  };
  process = {
    switch: () => answer('switch', undefined),
    changeMade: () => answer('change made', NONE),
    changeBy: () => answer('change by', NONE),
  };
  const context = () => ({ foldNames: false, packages });
  const initial = initialPolicy(store, { wanted: '', wantedName: '', fallBack: true, context: context() });
  store.prepare(initial.stored);
  store.commit(1);
  const log = { info: () => undefined, warn: () => undefined } as unknown as Log;
  life = new PolicyLife(
    {
      volume: 'photos',
      store,
      log,
      context,
      process: () => process,
      followTrees: () => Promise.resolve({ bound: [], unbound: [] }),
      foreseeTrees: () => Promise.resolve({ bound: [], unbound: [] }),
      openFilesUnderOlderPolicy: () => 0,
    },
    initial,
  );
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const ALL = 'version: 1\ndefault: passthrough\n';

describe('a policy', () => {
  it('is stored before it is in force, and noted as such after', async () => {
    process.switch = () => {
      expect([store.versions(), store.current()]).toEqual([[2, 1], 1]);
      return Promise.resolve();
    };
    await life.apply(ALL, 'a.yaml', { why: 'w' }, CALLER);
    expect([store.current(), store.read(2)]).toMatchObject([2, { text: ALL, why: 'w', appliedBy: CALLER }]);
  });

  it('leaves nothing behind if it cannot be put in force', async () => {
    process.switch = () => Promise.reject(new Error('busy'));
    await expect(life.apply(ALL, 'a.yaml', {}, CALLER)).rejects.toThrow('busy');
    expect([life.current.version, store.versions(), store.current()]).toEqual([1, [1], 1]);
  });

  it('is in force even if what it changed cannot be told', async () => {
    process.changeMade = () => Promise.reject(new Error('gone'));
    expect(await life.apply(ALL, 'a.yaml', {}, CALLER)).toMatchObject({
      version: 2,
      change: { incomplete: true },
    });
  });

  it('changes one after the other, so that of two with the same expectation one is refused', async () => {
    const both = [1, 2].map(() => life.apply(ALL, 'a.yaml', { expectedVersion: 1 }, CALLER));
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'aborted' });
    expect(asked).toEqual(['switch', 'change made']);
  });

  it('is only compared in a dry run', async () => {
    expect(await life.apply(ALL, 'a.yaml', { dryRun: true }, CALLER)).toMatchObject({ version: 2 });
    expect([asked, life.current.version, store.versions()]).toEqual([['change by'], 1, [1]]);
  });

  it('goes back to what was before, and back again', async () => {
    await life.apply(ALL, 'a.yaml', {}, CALLER);
    expect(await life.rollback(0, {}, CALLER)).toMatchObject({
      version: 3,
      rollbackOf: 1,
      name: 'big-files',
    });
    expect(await life.rollback(0, {}, CALLER)).toMatchObject({ version: 4, rollbackOf: 2, text: ALL });
    await expect(life.rollback(9, {}, CALLER)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is compiled again only if that makes another of it', async () => {
    await life.apply(
      'version: 1\nrules: [{ match: { caller: { package: com.p } }, action: direct }]\n',
      'p',
      {},
      CALLER,
    );
    asked = [];
    await life.recompile('x');
    packages.set('com.other', [10_001]);
    await life.recompile('x');
    expect(asked).toEqual([]);
    packages.set('com.p', [10_002]);
    await life.recompile('x');
    expect([asked, life.current.version]).toEqual([['switch', 'change made'], 2]);
  });
});

describe('watching a policy', () => {
  it('tells first what was, then what comes, with nothing in between lost', async () => {
    await life.apply(ALL, 'a.yaml', {}, CALLER);
    const leave = new AbortController();
    const events = life.events.watch(() => life.past(0), leave.signal);
    expect((await events.next()).value).toMatchObject({ kind: 'applied', version: 1 });
    await life.apply('version: 2\n', 'b.yaml', {}, CALLER).catch(() => undefined);
    await life.rollback(0, {}, DAEMON);
    const rest: PolicyEvent[] = [];
    for (let i = 0; i < 3; i++) rest.push((await events.next()).value as PolicyEvent);
    expect(rest.map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'applied 2',
      'refused 2',
      'rolled-back 3',
    ]);
    const waiting = events.next();
    leave.abort();
    expect((await waiting).done).toBe(true);
  });

  it('ends for a watcher that is too far behind, and when the volume goes away', async () => {
    const event = life.past(0)[0] as PolicyEvent;
    const slow = life.events.watch(() => [event], new AbortController().signal);
    await slow.next();
    for (let i = 0; i <= LIMITS.watcherEvents; i++) life.events.tell(event);
    await expect(slow.next()).rejects.toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('1000'),
    });
    const other = life.events.watch(() => [], new AbortController().signal).next();
    life.events.end();
    expect((await other).done).toBe(true);
  });

  it('is for 16 at a time', async () => {
    const leave = new AbortController();
    const watch = () => life.events.watch(() => [], AbortSignal.any([leave.signal])).next();
    const waiting = Array.from({ length: LIMITS.watchers }, watch);
    await expect(watch()).rejects.toMatchObject({ code: 'failed_precondition' });
    leave.abort();
    await Promise.all(waiting);
    life.events.end();
    expect((await life.events.watch(() => [], new AbortController().signal).next()).done).toBe(true);
  });
});
