import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '@sluice/control';
import { initialPolicy } from './policy-start.ts';
import { PolicyStore, digestOf } from './policy-store.ts';
import type { StoredVersion } from './policy-store.ts';

let directory: string;
let store: PolicyStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  store = new PolicyStore(directory, 'photos');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function version(number: number, text = 'version: 1\ndefault: cached\n'): StoredVersion {
  const appliedBy = { uid: 7, pid: 8, program: 'sluice' };
  return {
    version: number,
    name: 'p.yaml',
    appliedAtMs: 5,
    appliedBy,
    why: 'so',
    digest: digestOf(text),
    rollbackOf: 3,
    text,
  };
}

function put(...numbers: number[]): void {
  for (const number of numbers) {
    store.prepare(version(number));
    store.commit(number);
  }
}

const file = (name: string): string => join(directory, 'photos', name);

describe('the store of a volume’s policies', () => {
  it('gives back what was stored, also to the next daemon', () => {
    put(1, 2);
    const next = new PolicyStore(directory, 'photos');
    expect([next.current(), next.versions(), next.read(1)]).toEqual([2, [2, 1], version(1)]);
    expect(next.read(9)).toBeUndefined();
    expect(readdirSync(join(directory, 'photos')).sort()).toEqual(['1.json', '2.json', 'current']);
  });

  it('has nothing in force that was not committed, and drops it at the next start', () => {
    put(1);
    store.prepare(version(2));
    expect(store.current()).toBe(1);
    store.discardUncommitted();
    expect(store.versions()).toEqual([1]);
  });

  it('keeps the last 100, and the one in force in any case', () => {
    put(...Array.from({ length: LIMITS.policyVersions + 5 }, (_, i) => i + 1));
    expect(store.versions()).toHaveLength(LIMITS.policyVersions);
    expect(store.versions().at(-1)).toBe(6);
    store.commit(6);
    put(106, 107);
    store.commit(8);
    expect(store.versions()).toContain(8);
  });

  it('calls damaged what is cut off, of another format, of another number, or not what was stored', () => {
    put(1);
    const whole = readFileSync(file('1.json'), 'utf8');
    const reading = (text: string): unknown => {
      writeFileSync(file('1.json'), text);
      return store.read(1);
    };
    expect(reading(whole)).toEqual(version(1));
    const texts = [whole.slice(0, -20), '', '[]', 'null', whole.replace('"format": 1', '"format": 2')];
    texts.push(whole.replace('"version": 1,', '"version": 2,'), whole.replace('"uid": 7', '"uid": "7"'));
    for (const text of texts)
      expect(reading(text)).toMatchObject({ version: 1, because: expect.any(String) });
    expect(reading(whole.replace('cached', 'cachet'))).toMatchObject({
      because: expect.stringContaining('digest'),
    });
  });

  it('takes nothing for a note of what is in force but a number', () => {
    put(1);
    for (const text of ['', 'x', '0', '-1', '1.5', '99999999999', '1\n1']) {
      writeFileSync(file('current'), text);
      expect(store.current()).toBeUndefined();
    }
  });

  it('leaves what is not its own, and a policy of before that is broken, where it is', () => {
    writeFileSync(join(directory, 'music.json'), '{"name": 1}');
    const music = new PolicyStore(directory, 'music');
    expect(music.versions()).toEqual([]);
    expect(existsSync(join(directory, 'music.json'))).toBe(true);
    writeFileSync(file('notes.txt'), 'x');
    writeFileSync(file('01.json'), 'x');
    put(1);
    expect(store.versions()).toEqual([1]);
    expect(existsSync(file('notes.txt'))).toBe(true);
  });
});

describe('the policy a volume starts with', () => {
  const start = (wanted = '', fallBack = true) =>
    initialPolicy(store, { wanted, wantedName: 'w.yaml', fallBack, context: { foldNames: false } });
  const BROKEN = 'version: 1\ndefault: nonsense\n';

  it('is big-files, as version 1, where nothing is stored and nothing asked for', () => {
    expect(start()).toMatchObject({
      isStored: false,
      troubles: [],
      stored: { version: 1, name: 'big-files' },
    });
  });

  it('is the one asked for: a new version, unless it is in force already', () => {
    put(4);
    expect(start('all')).toMatchObject({ isStored: false, stored: { version: 5, name: 'all' } });
    expect(start(version(4).text)).toMatchObject({ isStored: true, stored: { version: 4 } });
  });

  it('is refused if it is broken, where no daemon starts and where there is none to go on with', () => {
    expect(() => start(BROKEN)).toThrow('the policy is refused: w.yaml:2:10');
    put(4);
    expect(() => start(BROKEN, false)).toThrow('the policy is refused: w.yaml:2:10');
    const { stored, troubles } = start(BROKEN);
    expect(stored.version).toBe(4);
    expect(troubles).toEqual([
      expect.stringMatching(/w\.yaml:2:10.*policy version 4, the last good one, is in force/),
    ]);
  });

  it('is the newest that can be used, and every one that cannot is told of', () => {
    put(1, 2);
    store.prepare(version(3, BROKEN));
    store.commit(3);
    put(4);
    writeFileSync(file('4.json'), 'x');
    const { stored, troubles } = start();
    expect(stored.version).toBe(2);
    expect(troubles).toEqual([
      expect.stringContaining('policy version 4 is damaged'),
      expect.stringContaining('policy version 3 is no longer valid: the policy is refused: p.yaml:2:10'),
      'policy version 2 (p.yaml), the last good one, is in force instead',
    ]);
    // Not numbered like what is damaged: that stays to be looked at.
    expect(start('all').stored.version).toBe(5);
  });

  it('is big-files, loudly, where nothing stored can be used', () => {
    put(1);
    writeFileSync(file('1.json'), 'x');
    const { stored, troubles } = start();
    expect(stored).toMatchObject({ name: 'big-files', version: 2 });
    expect(troubles.at(-1)).toBe('no stored policy can be used: big-files is in force instead');
  });
});
