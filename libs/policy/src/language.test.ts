import { describe, expect, it } from 'vitest';
import { ACCESS } from './actions.ts';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';

const rule = (body: string): string => `version: 1\ndefault: cached\nrules:\n  - ${body}\n`;
const matching = (match: string): string => rule(`{ action: direct, match: ${match} }`);

/** what, text, line, column, message of the one error. */
const ERRORS: [string, string, number, number, RegExp][] = [
  ['an empty text', '', 1, 1, /must be a map with version, name, case, .*; this is nothing/],
  ['a list', '- a', 1, 1, /this is a list/],
  ['no version', 'default: cached', 1, 1, /version is missing; begin with version: 1/],
  ['another version', 'version: 2\ndefault: cached', 1, 10, /must be the number 1/],
  ['a version as text', 'version: "1"\ndefault: cached', 1, 10, /must be the number 1/],
  [
    'an unknown default',
    'version: 1\ndefault: cache',
    2,
    10,
    /unknown action "cache"; did you mean "cached"\?/,
  ],
  ['a default that is no text', 'version: 1\ndefault: [cached]', 2, 10, /must be one of .*; this is a list/],
  [
    'an unknown key',
    'version: 1\ndefault: cached\nrule: []',
    3,
    1,
    /unknown key "rule" .*did you mean "rules"\?/,
  ],
  [
    'an unlike key',
    'version: 1\ndefault: cached\nxyzzy: 1',
    3,
    1,
    /unknown key "xyzzy" in a policy; Known here: version/,
  ],
  ['a key twice', 'version: 1\ndefault: cached\ndefault: auto', 3, 1, /default is there twice/],
  ['a key that is no text', 'version: 1\ndefault: cached\n1: 2', 3, 1, /a key of a policy must be one of/],
  ['a complex key', 'version: 1\ndefault: cached\n? [a]\n: 2', 3, 3, /a key of a policy must be one of/],
  [
    'a name that is no text',
    'version: 1\nname: 7\ndefault: cached',
    2,
    7,
    /name must be text; this is the number "7": quote/,
  ],
  ['an empty name', 'version: 1\nname: " "\ndefault: cached', 2, 7, /name is empty/],
  ['a NUL by escape', 'version: 1\nname: "a\\0"\ndefault: cached', 2, 7, /name has a NUL/],
  ['rules that are a map', 'version: 1\ndefault: cached\nrules: { a: 1 }', 3, 8, /rules must be a list/],
  [
    'a rule that is text',
    rule('DCIM'),
    4,
    5,
    /a rule must be a map with id, match, action, options, why; this is the text "DCIM"/,
  ],
  ['a rule without match', rule('action: direct'), 4, 5, /no match; add one/],
  ['a rule without action', rule("match: { path: '**' }"), 4, 5, /no action; add one of/],
  [
    'an unknown action',
    rule('{ match: { path: a }, action: pasthrough }'),
    4,
    35,
    /did you mean "passthrough"\?/,
  ],
  [
    'an unknown key in a rule',
    rule('{ match: { path: a }, action: direct, wy: x }'),
    4,
    43,
    /did you mean "why"\?/,
  ],
  [
    'an empty match',
    matching('{}'),
    4,
    30,
    /match is empty; add path, extension, type, size, caller or access/,
  ],
  ['an unknown key in match', matching('{ pth: a }'), 4, 32, /did you mean "path"\?/],
  [
    'a match that is a glob',
    matching('DCIM/**'),
    4,
    30,
    /match must be a map with path, extension, type, size, caller, access/,
  ],
  [
    'a path that is a number',
    matching('{ path: 5 }'),
    4,
    38,
    /path must be a glob; this is the number "5": quote it/,
  ],
  ['no paths', matching('{ path: [] }'), 4, 38, /this is an empty list/],
  ['a path left out', matching('{ path: }'), 4, 38, /path must be a glob or a list of them; this is nothing/],
  [
    'a bad glob',
    matching("{ path: [a, 'b[c'] }"),
    4,
    44,
    /bad glob "b\[c", character 2: a \[ without its \]/,
  ],
  ['a bad glob, plain', matching('{ path: a//b }'), 4, 40, /character 3: nothing stands before this/],
  ['a bad glob after an escape', matching('{ path: "\\x61[" }'), 4, 38, /character 2: a \[/],
  ['a glob with NUL', matching('{ path: "a\\0" }'), 4, 38, /character 2: a NUL/],
  ['a size alone', matching('{ size: 1MiB }'), 4, 38, /write \{ min: 1MiB \}/],
  ['an empty size', matching('{ size: {} }'), 4, 38, /add min, max or both/],
  ['a size of unknown unit', matching('{ size: { min: 1Mb } }'), 4, 45, /"1Mb" is no size; .*MiB/],
  ['a negative size', matching('{ size: { min: -1 } }'), 4, 45, /"-1" is no size/],
  ['a size of part of a byte', matching('{ size: { min: 0.5 } }'), 4, 45, /"0.5" is no size/],
  ['a size out of range', matching('{ size: { min: 99999999GiB } }'), 4, 45, /is no size/],
  ['a size that is a map', matching('{ size: { min: {} } }'), 4, 45, /min: a map is no size/],
  [
    'min not below max',
    matching('{ size: { min: 1MiB, max: 1024KiB } }'),
    4,
    56,
    /min 1048576 is not below max 1048576/,
  ],
  ['max of nothing', matching('{ size: { max: 0 } }'), 4, 45, /max is 0/],
  [
    'an unknown access',
    matching('{ access: [read, writ] }'),
    4,
    47,
    /unknown access "writ"; did you mean "write"\?/,
  ],
  [
    'an access that is no text',
    matching('{ access: true }'),
    4,
    40,
    /access must be read, write, create or mmap; this is the boolean "true"/,
  ],
  ['no access', matching('{ access: [] }'), 4, 40, /an empty list/],
  [
    'an id twice',
    rule('{ id: a, match: {path: a}, action: direct }\n  - { id: a, match: {path: b}, action: direct }'),
    5,
    11,
    /"a" is taken by the rule at line 4/,
  ],
  [
    'an id another rule derives',
    rule('{ id: rule-2, match: {path: a}, action: direct }\n  - { match: {path: b}, action: direct }'),
    4,
    11,
    /what rule 2 gets from its position/,
  ],
  ['an alias', rule('match: { path: *a }'), 4, 20, /"\*a" is a YAML alias.*quote a glob/],
  ['an unquoted **', rule('match: { path: **/x }'), 4, 20, /quote a glob that begins with \*/],
  ['an anchor', 'version: &v 1\ndefault: cached', 1, 10, /a YAML anchor/],
  ['a tag', 'version: 1\ndefault: !!str cached', 2, 10, /a YAML tag/],
  ['a directive', '%YAML 1.1\n---\nversion: 1\ndefault: cached', 1, 1, /a YAML directive/],
  ['two documents', 'version: 1\ndefault: cached\n---\nversion: 1\n', 3, 1, /a second document/],
  ['broken YAML', 'version: 1\ndefault: [cached', 2, 17, /not YAML/],
  ['a NUL', 'version: 1\ndefault: \0', 2, 10, /a NUL character/],
  ['half a surrogate pair', 'version: 1\nname: \ud83d', 2, 7, /half a surrogate pair/],
  ['bytes that were not UTF-8', 'version: 1\nname: a\ufffd', 2, 8, /save the policy as UTF-8/],
];

describe('parsePolicy', () => {
  for (const [what, text, line, column, message] of ERRORS) {
    it(`says what would be right for ${what}`, () => {
      const { policy, diagnostics } = parsePolicy(text);
      expect(policy).toBeUndefined();
      expect(diagnostics.map((found) => found.message)[0]).toMatch(message);
      expect(diagnostics).toHaveLength(1);
      expect(diagnostics[0]).toMatchObject({ severity: 'error', line, column });
    });
  }

  it('reads a policy with all there is', () => {
    const { policy, diagnostics } = parsePolicy(`
version: 1
name: all there is
default: auto
rules:
  - id: videos
    match:
      path: ['DCIM/**', '**/*.{mp4,mkv}']
      size: { min: 1MiB, max: 1.5GB }
      access: [read, write]
    action: passthrough
    why: large media
  - match: { path: Download, access: write }
    action: direct
`);
    expect(diagnostics).toEqual([]);
    expect(policy).toMatchObject({ version: 1, name: 'all there is', default: 'auto' });
    const [videos, second] = policy?.rules ?? [];
    expect(videos).toMatchObject({
      id: 'videos',
      access: ACCESS.read | ACCESS.write,
      minSize: 2 ** 20,
      maxSize: 1.5e9,
      action: 'passthrough',
      why: 'large media',
      line: 6,
      column: 5,
    });
    expect(videos?.paths?.globs.map(({ text, line, column }) => [text, line, column])).toEqual([
      ['DCIM/**', 8, 14],
      ['**/*.{mp4,mkv}', 8, 25],
    ]);
    expect(second).toMatchObject({ id: 'rule-2', access: ACCESS.write, minSize: 0, maxSize: Infinity });
    expect(second).not.toHaveProperty('why');
  });

  it('reads the same from JSON, indented by tabs', () => {
    const json = {
      version: 1,
      default: 'cached',
      rules: [{ id: 'a', match: { path: '**/*.é' }, action: 'direct' }],
    };
    const { policy, diagnostics } = parsePolicy(JSON.stringify(json, null, '\t'));
    expect(diagnostics).toEqual([]);
    expect(policy?.rules[0]?.paths?.globs[0]?.text).toBe('**/*.é');
  });

  it('takes a policy without rules, with none, and with a byte order mark', () => {
    for (const rules of ['', 'rules: []', 'rules:']) {
      expect(parsePolicy(`\ufeffversion: 1\ndefault: cached\n${rules}`).policy?.rules).toEqual([]);
    }
  });

  it('takes an id that looks derived where no rule derives it', () => {
    const rules = ['rule-2', 'other', 'rule-4'].map((id) => ({ id, match: { path: 'a' }, action: 'auto' }));
    expect(parsePolicy(JSON.stringify({ version: 1, default: 'cached', rules })).diagnostics).toEqual([]);
  });

  it('reads sizes in every unit', () => {
    const sizes = [
      ['7', 7],
      ['7B', 7],
      ['3KiB', 3072],
      ['2MiB', 2 ** 21],
      ['1 GiB', 2 ** 30],
      ['2kB', 2000],
      ['2MB', 2e6],
      ['0.5GB', 5e8],
    ] as const;
    for (const [size, bytes] of sizes) {
      const { policy } = parsePolicy(matching(`{ size: { min: ${size} } }`));
      expect(policy?.rules[0]?.minSize, size).toBe(bytes);
    }
  });

  it('goes on after an error and reports each', () => {
    const { diagnostics } = parsePolicy('version: 3\ndefault: x\nrules: [{ match: {}, action: y }]');
    expect(diagnostics.map(({ line, column }) => [line, column])).toEqual([
      [1, 10],
      [2, 10],
      [3, 18],
      [3, 30],
    ]);
  });

  it('counts lines over carriage returns and columns over what stands before', () => {
    const { diagnostics } = parsePolicy('version: 1\r\ndefault: cached\r\nname: {"é😀": 1}\r\nx: 1\r\n');
    expect(diagnostics.map(({ line, column }) => [line, column])).toEqual([
      [4, 1],
      [3, 7],
    ]);
  });

  it('stops reporting at the limit and says so', () => {
    const { policy, diagnostics } = parsePolicy(`version: 1\ndefault: cached\nrules: [${'a,'.repeat(5000)}]`);
    expect(policy).toBeUndefined();
    expect(diagnostics).toHaveLength(LIMITS.diagnostics + 1);
    expect(diagnostics.at(-1)?.message).toMatch(/more than 100 findings/);
  });
});
