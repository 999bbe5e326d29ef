import { describe, expect, it } from 'vitest';
import { parsePolicy } from './language.ts';

const rule = (body: string): string => `version: 1\ndefault: cached\nrules:\n  - ${body}\n`;
const doing = (action: string, match = '{ path: a }'): string =>
  rule(`{ action: ${action}, match: ${match} }`);
const matching = (match: string): string => doing('direct', match);
const options = (of: string): string => rule(`{ action: direct, match: { path: a }, options: ${of} }`);

/** what, text, line, column, message of the one error. */
const ERRORS: [string, string, number, number, RegExp][] = [
  [
    'an unknown case',
    'version: 1\ncase: upper',
    2,
    7,
    /unknown case "upper"; .*volume, sensitive, insensitive/,
  ],
  ['an unknown preset', 'version: 1\nextends: android', 2, 10, /unknown preset "android"; .*android-media/],
  ['a preset that is a list', 'version: 1\nextends: [all]', 2, 10, /name of a preset: .*; this is a list/],
  [
    'a default that hides',
    'version: 1\ndefault: hide',
    2,
    10,
    /default cannot be hide: .* last rule for hide/,
  ],
  ['a default that denies', 'version: 1\ndefault: deny(EPERM)', 2, 10, /default cannot be deny\(EPERM\)/],
  ['a misspelt error', doing('deny(EACCESS)'), 4, 15, /unknown error "EACCESS"; did you mean "EACCES"\?/],
  [
    'an error with another meaning',
    doing('deny(EIO)'),
    4,
    15,
    /deny cannot answer EIO: it reads as a defect of the storage/,
  ],
  ['an error the kernel reads', doing('deny(ESTALE)'), 4, 15, /ESTALE: the kernel gives it a meaning/],
  [
    'an action with an error it has none of',
    doing('hide(EACCES)'),
    4,
    15,
    /hide takes nothing in parentheses; only deny/,
  ],
  [
    'hiding by access',
    doing('hide', '{ path: a, access: read }'),
    4,
    5,
    /hide cannot depend on access: a name is there or not/,
  ],
  ['redacting by size', doing('redact', '{ size: { min: 1 } }'), 4, 5, /redact cannot depend on size/],
  ['redacting directories', doing('redact', '{ type: directory }'), 4, 5, /redact is for files/],
  [
    'a tree by caller',
    doing('tree', '{ path: a, caller: { uid: 0 } }'),
    4,
    5,
    /tree cannot depend on caller/,
  ],
  [
    'a tree by extension',
    doing('tree', '{ path: a, extension: b }'),
    4,
    5,
    /tree cannot depend on extension/,
  ],
  ['a tree without a path', doing('tree', '{ type: directory }'), 4, 5, /tree needs a path/],
  ['a tree of files', doing('tree', '{ path: a, type: file }'), 4, 5, /tree is for directories/],
  ['an extension with a dot', matching('{ extension: .jpg }'), 4, 43, /"\.jpg" is no extension; write "jpg"/],
  ['an extension with a wildcard', matching("{ extension: '*.jpg' }"), 4, 43, /write "jpg"/],
  [
    'an extension that is a pattern',
    matching("{ extension: 'jp?g' }"),
    4,
    43,
    /no wildcards; use path with '\*\*\/\*\.jp\?g'/,
  ],
  [
    'an extension that is a number',
    matching('{ extension: 7 }'),
    4,
    43,
    /must be text; this is the number "7": quote/,
  ],
  [
    'an unknown type',
    matching('{ type: dir }'),
    4,
    38,
    /unknown type "dir"; .*Known here: file, directory, symlink, other/,
  ],
  [
    'an empty caller',
    matching('{ caller: {} }'),
    4,
    40,
    /caller is empty; add uid, user, app, package or gid/,
  ],
  ['an unknown key of caller', matching('{ caller: { uids: 1 } }'), 4, 42, /did you mean "uid"\?/],
  [
    'a uid that is none',
    matching('{ caller: { uid: root } }'),
    4,
    47,
    /uid: "root" is no id; write a number \(1023\) or a range/,
  ],
  ['a range that runs backwards', matching('{ caller: { uid: [20-10] } }'), 4, 48, /"20-10" runs backwards/],
  ['a uid out of range', matching('{ caller: { gid: 4294967295 } }'), 4, 47, /is no id/],
  [
    'an app id out of range',
    matching('{ caller: { app: [99999, 1010057] } }'),
    4,
    55,
    /app: "1010057" is no app id; .* from 0 to 99999: the uid % 100000/,
  ],
  [
    'a range of app ids that ends out of range',
    matching('{ caller: { app: 10000-100000 } }'),
    4,
    47,
    /"10000-100000" is no app id/,
  ],
  [
    'a user out of range',
    matching('{ caller: { user: 42949 } }'),
    4,
    48,
    /user: "42949" is no user; .*at most 42948/,
  ],
  [
    'a package that is none',
    matching('{ caller: { package: gallery } }'),
    4,
    51,
    /"gallery" is no package name; .*com\.example/,
  ],
  [
    'a set that is not there',
    matching('{ path: $none }'),
    4,
    38,
    /no set of paths is named "none"; there are none; define it as sets: \{ paths: \{ none: .*\[\$\]/,
  ],
  [
    'a duration without unit',
    options('{ entry-timeout: 10 }'),
    4,
    69,
    /entry-timeout: "10" is no duration; .*10s/,
  ],
  ['a duration too long', options('{ attribute-timeout: 366d }'), 4, 73, /at most 365d/],
  ['a keep-cache that is a number', options('{ keep-cache: 1 }'), 4, 66, /must be true or false/],
  [
    'a read-ahead too large',
    options('{ read-ahead: 1GiB }'),
    4,
    66,
    /read-ahead of more than 67108864 bytes/,
  ],
  ['an unknown option', options('{ entry-timout: 1s }'), 4, 54, /did you mean "entry-timeout"\?/],
  ['an expectation without action', 'version: 1\nexpect: [{ path: a }]', 2, 10, /has no action/],
  [
    'an expectation from the root',
    'version: 1\nexpect: [{ path: /a, action: auto }]',
    2,
    18,
    /without \/ at the ends/,
  ],
  [
    'an expected uid that is a range',
    'version: 1\nexpect: [{ path: a, uid: 1-2, action: auto }]',
    2,
    26,
    /uid must be one number/,
  ],
  [
    'a rule with the id of a preset’s',
    'version: 1\nextends: big-files\nrules: [{ id: big-files/large, match: { path: a }, action: auto }]',
    3,
    9,
    /is that of a rule of the preset/,
  ],
];

describe('a rule', () => {
  for (const [what, text, line, column, message] of ERRORS) {
    it(`is refused with what would be right for ${what}`, () => {
      const { policy, diagnostics } = parsePolicy(text);
      expect(policy).toBeUndefined();
      expect(diagnostics.map((found) => found.message)).toEqual([expect.stringMatching(message)]);
      expect(diagnostics[0]).toMatchObject({ severity: 'error', line, column });
    });
  }

  it('is read with all it can say', () => {
    const { policy, diagnostics } = parsePolicy(`
version: 1
case: insensitive
defaults: { keep-cache: false, read-ahead: 1MiB }
rules:
  - match:
      extension: [JPG, mp4, jpg]
      type: [file, symlink]
      caller: { uid: [5, 1-3, 4], user: [10, 0, 10], app: [0-9, 99999], package: [com.b, com.a], gid: 7 }
      access: [create, mmap]
    action: deny(EROFS)
    options: { entry-timeout: 500ms, attribute-timeout: 1.5s, keep-cache: true, read-ahead: 0 }
expect:
  - { path: '', action: auto, access: name, type: directory, rule: default }
`);
    expect(diagnostics).toEqual([]);
    expect(policy).toMatchObject({
      case: 'insensitive',
      default: 'auto',
      defaults: { keepCache: false, readAhead: 2 ** 20 },
    });
    expect(policy?.rules[0]).toMatchObject({
      extensions: ['jpg', 'mp4'],
      types: 0b0101,
      caller: {
        uids: [[1, 5]],
        users: [0, 10],
        apps: [
          [0, 9],
          [99_999, 99_999],
        ],
        packages: ['com.a', 'com.b'],
        gids: [[7, 7]],
      },
      access: 12,
      action: 'deny',
      errno: 30,
      options: { entryTimeoutMs: 500, attributeTimeoutMs: 1500, keepCache: true, readAhead: 0 },
    });
    expect(policy?.expect[0]).toMatchObject({ path: '', access: 0, type: 1, size: 0, rule: 'default' });
  });

  it('takes a glob with a $ that is escaped or in a class', () => {
    const { policy } = parsePolicy(matching(`{ path: ['[$]RECYCLE.BIN/**', '\\$a'] }`));
    expect(policy?.rules[0]?.paths?.globs).toHaveLength(2);
  });
});
