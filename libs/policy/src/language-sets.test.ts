import { describe, expect, it } from 'vitest';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';

const messages = (text: string): string[] => parsePolicy(text).diagnostics.map((found) => found.message);

describe('sets', () => {
  const policy = (sets: string, match: string, more = ''): string =>
    `version: 1\n${more}sets: ${sets}\nrules: [{ action: direct, match: ${match} }]\n`;

  it('are used by rules and by sets below them, and shared', () => {
    const text = `version: 1
sets: { paths: { a: ['x/**'], b: [$a, y] } }
rules:
  - { action: direct, match: { path: $b } }
  - { action: auto, match: { path: [$b] } }
  - { action: cached, match: { path: [z, $a] } }
`;
    const { policy: read, diagnostics } = parsePolicy(text);
    expect(diagnostics).toEqual([]);
    const [first, second, third] = read?.rules ?? [];
    expect(first?.paths).toBe(second?.paths);
    expect(third?.paths?.uses[0]).toBe(first?.paths?.uses[0]);
    expect(third?.paths?.globs.map(({ text: glob }) => glob)).toEqual(['z']);
  });

  it('may be empty, and not be used: a warning', () => {
    expect(messages(policy('{ uids: { none: [], other: [1] } }', '{ caller: { uid: $none } }'))).toEqual([
      'the set other of uids is not used; remove it or name it as $other',
    ]);
  });

  it('are refused in a circle, below their use, of another kind, and by names that are none', () => {
    const one = (sets: string, match = '{ path: $a }'): string => messages(policy(sets, match))[0] ?? '';
    expect(one('{ paths: { a: [$a] } }')).toMatch(/the set a uses itself; sets cannot go in a circle/);
    expect(one('{ paths: { a: [$b], b: [x] } }')).toMatch(/the set b is defined below/);
    expect(one('{ uids: { a: [1] } }')).toMatch(/the set a is one of uids, and paths are asked for here/);
    expect(one('{ paths: { a: [x] } }', '{ path: $b }')).toMatch(
      /no set of paths is named "b"; .*Known here: a/,
    );
    expect(one('{ paths: { "a b": [x] } }')).toMatch(/"a b" is no name for a set/);
    expect(one('{ paths: { a: x } }')).toMatch(/the set a must be a list/);
    expect(one('{ path: {} }')).toMatch(/did you mean "paths"/);
  });

  it('of uids serve as app ids where all of them are some', () => {
    const { policy: read, diagnostics } = parsePolicy(
      policy('{ uids: { apps: [10057, 10100-10102] } }', '{ caller: { app: [$apps, 10103], uid: $apps } }'),
    );
    expect(diagnostics).toEqual([]);
    expect(read?.rules[0]?.caller).toEqual({
      uids: [
        [10_057, 10_057],
        [10_100, 10_102],
      ],
      apps: [
        [10_057, 10_057],
        [10_100, 10_103],
      ],
    });
  });

  it('of uids that are no app ids are refused where they stand, also for the rule of a preset', () => {
    const wrong =
      /^the set location holds 1010057, which is no app id, and is used in app; .* from 0 to 99999: the uid % 100000$/;
    const own = policy('{ uids: { location: [5, 1010057] } }', '{ caller: { app: $location } }');
    expect(parsePolicy(own).diagnostics).toEqual([
      { severity: 'error', line: 2, column: 27, message: expect.stringMatching(wrong) as string },
    ]);
    const extending = 'version: 1\nextends: android-media\nsets:\n  uids:\n    location: [1010057]\n';
    expect(parsePolicy(extending).diagnostics).toMatchObject([
      { severity: 'error', line: 5, column: 15, message: expect.stringMatching(wrong) as string },
    ]);
  });

  it('are limited in number and entries', () => {
    const many = (count: number): string =>
      `{ uids: {${Array.from({ length: count }, (_, i) => `s${String(i)}: [${String(i)}]`).join()}} }`;
    const use = '{ caller: { uid: $s0 } }';
    const errors = (text: string): string[] =>
      parsePolicy(text)
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ message }) => message);
    expect(errors(policy(many(LIMITS.sets), use))).toEqual([]);
    expect(errors(policy(many(LIMITS.sets + 1), use))[0]).toMatch(/more than 512 sets/);
    const entries = (count: number): string => `{ uids: { s0: [${'1,'.repeat(count)}] } }`;
    expect(errors(policy(entries(LIMITS.setEntries), use))).toEqual([]);
    expect(errors(policy(entries(LIMITS.setEntries + 1), use))[0]).toMatch(
      /more than 4096 entries in the set s0/,
    );
  });

  it('are limited in what they come to with the sets they use', () => {
    const extensions = Array.from({ length: 4000 }, (_, i) => `e${String(i)}`).join();
    const sets = Array.from(
      { length: 80 },
      (_, i) => `s${String(i)}: [$${i === 0 ? 'big' : `s${String(i - 1)}`}, x${String(i)}]`,
    );
    const text = policy(`{ extensions: { big: [${extensions}], ${sets.join()} } }`, '{ extension: $s79 }');
    expect(messages(text)[0]).toMatch(/up to here, lists have more than 262144 entries/);
  });
});

describe('extending a preset', () => {
  it('puts its rules behind, under its name, at the line that names it', () => {
    const { policy } = parsePolicy(
      'version: 1\nrules: [{ match: { path: a }, action: auto }]\nextends: big-files\n',
    );
    expect(policy?.rules.map(({ id, line }) => [id, line])).toEqual([
      ['rule-1', 2],
      ['big-files/large', 3],
      ['big-files/written', 3],
    ]);
    expect(policy?.default).toBe('cached');
    expect(parsePolicy('version: 1\ndefault: direct\nextends: big-files\n').policy?.default).toBe('direct');
  });

  it('refuses sets that go in a circle by way of the preset', () => {
    const text = 'version: 1\nextends: android-media\nsets: { extensions: { photos: [$media] } }\n';
    expect(messages(text)).toEqual([expect.stringMatching(/the set media uses itself by way of photos/)]);
  });

  it('lets a set of the same name replace that of the preset, and build on it', () => {
    const { policy, diagnostics } = parsePolicy(`version: 1
extends: android-media
sets:
  uids: { location: [10057] }
  extensions: { photos: [$photos, xyz] }
`);
    expect(diagnostics).toEqual([]);
    const [, knowing, places] = policy?.rules ?? [];
    expect(knowing?.caller?.apps).toEqual([[10_057, 10_057]]);
    expect(places?.extensions).toEqual(expect.arrayContaining(['jpg', 'xyz', 'mp4']));
  });
});
