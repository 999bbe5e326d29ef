/**
 * The JSON Schema (draft-07) of a policy text, for completion and checks in editors. It is made from the constants that
 * the parser reads by, and accepts all that the parser accepts; what a schema cannot say, such as globs and the names of
 * sets, it leaves to the parser.
 */
import { ACCESS, ACTION_NAMES, DATA_ACTIONS, TYPE } from './actions.ts';
import { DENY_ERRNO } from './errors.ts';
import { APP_MAX, ID_MAX, USER_MAX } from './id-ranges.ts';
import { CASES } from './language.ts';
import { NAME_ALONE } from './language-expect.ts';
import { LIMITS } from './limits.ts';
import { PRESETS } from './presets.ts';

type Schema = Record<string, unknown>;

const text = (description: string, maxLength: number): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
});
const words = (names: readonly string[], description: string): Schema => ({ enum: names, description });
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const map = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});
const oneOrSeveral = (item: Schema, description: string, maxItems: number = LIMITS.listEntries): Schema => ({
  description,
  anyOf: [item, { type: 'array', minItems: 1, maxItems, items: item }],
});
const optional = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const setsOf = (item: Schema, description: string): Schema =>
  optional({
    type: 'object',
    description,
    propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' },
    additionalProperties: { type: 'array', maxItems: LIMITS.setEntries, items: item },
  });

const definitions: Record<string, Schema> = {
  glob: text(
    'A glob relative to the volume root, such as DCIM/** or **/*.mp4; or $name: the set of paths of that name.',
    LIMITS.globBytes,
  ),
  extension: text(
    'What stands after the last dot of a name, without the dot, in any case; or $name: the set of extensions of that name.',
    LIMITS.extensionBytes + 1,
  ),
  package: text('The name of a package; or $name: the set of packages of that name.', LIMITS.packageBytes),
  ids: {
    description:
      'A number, or an inclusive range such as 10000-19999; of uids also $name: the set of uids of that name.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: ID_MAX },
      { type: 'string', pattern: '^(\\d+(\\s*-\\s*\\d+)?|\\$.+)$' },
    ],
  },
  apps: {
    description:
      'An app id, which is uid % 100000, or an inclusive range such as 10000-19999; or $name: the set of uids of that name.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: APP_MAX },
      { type: 'string', pattern: '^(\\d+(\\s*-\\s*\\d+)?|\\$.+)$' },
    ],
  },
  size: {
    description: 'Whole bytes, or a number with B, KiB, MiB, GiB, kB, MB or GB.',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s?(B|KiB|MiB|GiB|kB|MB|GB)?$' },
    ],
  },
  duration: {
    description: 'A number with ms, s, m, h or d, or 0; at most 365d.',
    anyOf: [{ const: 0 }, { type: 'string', pattern: '^(0|\\d+(\\.\\d+)?(ms|s|m|h|d))$' }],
  },
  access: words(
    Object.keys(ACCESS),
    'What a file is opened for. mmap: to be executed or mapped as a program.',
  ),
  type: words(Object.keys(TYPE), 'What stands at the path.'),
  dataAction: words(DATA_ACTIONS, 'How the data of an open travels.'),
  action: {
    description:
      'passthrough, cached, direct and auto say how data travels; redact hides places in photos and videos; hide makes a name absent; deny refuses, with EACCES or the error named; tree lets a subtree leave the daemon (today: passthrough for everything beneath).',
    anyOf: [
      { enum: ACTION_NAMES },
      { enum: Object.keys(DENY_ERRNO).map((name) => `deny(${name})`) },
      { type: 'string', pattern: `^deny\\(\\s*(${Object.keys(DENY_ERRNO).join('|')})\\s*\\)$` },
    ],
  },
  options: optional(
    map(
      {
        'entry-timeout': { ...ref('duration') },
        'attribute-timeout': { ...ref('duration') },
        'keep-cache': {
          type: 'boolean',
          description: 'Whether an open may keep the pages of before. Default: true.',
        },
        'read-ahead': { ...ref('size') },
      },
      {
        description:
          'entry-timeout and attribute-timeout: how long the kernel may keep names and attributes. read-ahead: bytes to read ahead when a file is opened.',
      },
    ),
  ),
  caller: map(
    {
      uid: oneOrSeveral(ref('ids'), 'Uids.'),
      user: oneOrSeveral(
        { type: 'integer', minimum: 0, maximum: USER_MAX },
        'Android users: N has the uids N * 100000 to N * 100000 + 99999.',
      ),
      app: oneOrSeveral(ref('apps'), 'App ids, in every user.'),
      package: oneOrSeveral(ref('package'), 'Packages, in every user.'),
      gid: oneOrSeveral(ref('ids'), 'Primary groups.'),
    },
    { minProperties: 1, description: 'Who calls; all that is named has to hold, any of each list.' },
  ),
  match: map(
    {
      path: oneOrSeveral(ref('glob'), 'Globs of which any has to match. Quote them.'),
      extension: oneOrSeveral(ref('extension'), 'Extensions, without the dot.'),
      type: oneOrSeveral(ref('type'), 'Types of files.', Object.keys(TYPE).length),
      size: map(
        { min: ref('size'), max: ref('size') },
        { minProperties: 1, description: 'At the time of the open; min is inclusive, max exclusive.' },
      ),
      caller: ref('caller'),
      access: oneOrSeveral(ref('access'), 'Any of these has to be asked.', Object.keys(ACCESS).length),
    },
    { minProperties: 1, description: 'All that is named has to hold.' },
  ),
  rule: map(
    {
      id: text('Unique; shown where decisions are explained.', LIMITS.nameBytes),
      match: ref('match'),
      action: ref('action'),
      options: ref('options'),
      why: text('Shown where decisions are explained.', LIMITS.whyBytes),
    },
    { required: ['match', 'action'] },
  ),
  expectation: map(
    {
      path: {
        type: 'string',
        maxLength: LIMITS.globBytes,
        description: 'From the volume root; empty: the root.',
      },
      uid: {
        type: 'integer',
        minimum: 0,
        maximum: ID_MAX,
        description: "Default: the package's in user 0, or 0.",
      },
      gid: { type: 'integer', minimum: 0, maximum: ID_MAX, description: 'Default: the uid.' },
      package: text('The package that asks.', LIMITS.packageBytes),
      access: {
        description: 'Default: read. name: the name alone is asked about.',
        anyOf: [
          { const: NAME_ALONE },
          oneOrSeveral(ref('access'), 'Opened for.', Object.keys(ACCESS).length),
        ],
      },
      type: ref('type'),
      size: ref('size'),
      action: ref('action'),
      rule: text('The id of the rule that decides, or default.', LIMITS.nameBytes * 2),
      why: text('Shown where the expectation fails.', LIMITS.whyBytes),
    },
    { required: ['path', 'action'] },
  ),
};

export const POLICY_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Sluice policy, version 1',
  description: 'What happens to the files of a volume, by path, caller, access and size.',
  ...map(
    {
      version: { const: 1, description: 'The version of the language.' },
      name: text('Shown where policies are listed.', LIMITS.nameBytes),
      case: words(
        CASES,
        'Whether the case of names matters; volume: as the volume has it, which is the default.',
      ),
      extends: words(
        Object.keys(PRESETS),
        'A preset whose rules come after these, and whose default, defaults and sets hold where this policy gives none.',
      ),
      default: { ...ref('dataAction') },
      defaults: ref('options'),
      sets: optional(
        map(
          {
            paths: setsOf(ref('glob'), 'Sets of globs, used as $name in path.'),
            extensions: setsOf(ref('extension'), 'Sets of extensions, used as $name in extension.'),
            packages: setsOf(ref('package'), 'Sets of packages, used as $name in package.'),
            uids: setsOf(ref('ids'), 'Sets of uids, used as $name in uid and app.'),
          },
          { description: 'Named lists; a set may use those above it.' },
        ),
      ),
      rules: optional({
        type: 'array',
        maxItems: LIMITS.rules,
        items: ref('rule'),
        description: 'In order: the first that matches decides.',
      }),
      expect: optional({
        type: 'array',
        maxItems: LIMITS.expectations,
        items: ref('expectation'),
        description: 'Assertions, checked on demand.',
      }),
    },
    { required: ['version'] },
  ),
  definitions,
};

/** The file that editors read: docs/schema/policy-v1.schema.json. */
export function schemaFile(): string {
  return `${JSON.stringify(POLICY_SCHEMA, null, 2)}\n`;
}
