import { readFileSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { randomPolicy } from './random-policy.fixture.ts';
import { seededRandom } from './fixture.ts';
import { parsePolicy } from './language.ts';
import { PRESETS } from './presets.ts';
import { POLICY_SCHEMA, schemaFile } from './schema.ts';

const FILE = new URL('../../../docs/schema/policy-v1.schema.json', import.meta.url);
const guide = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const validate = new Ajv({ allErrors: true }).compile(POLICY_SCHEMA);
const fits = (text: string): boolean => validate(parse(text)) === true;
const faults = (): string => JSON.stringify(validate.errors);

const rule = (body: string): string => `version: 1\nrules:\n  - ${body}\n`;
const matching = (match: string): string => rule(`{ action: direct, match: ${match} }`);

/** Texts that both the parser and the schema refuse. */
const BROKEN: string[] = [
  'version: 2',
  'rules: []',
  '[]',
  'version: 1\nname: 7',
  'version: 1\ncase: lower',
  'version: 1\nextends: nothing',
  'version: 1\ndefault: deny',
  'version: 1\ndefaults: { entry-timeout: 10 }',
  'version: 1\ndefaults: { keep-cache: yes please }',
  'version: 1\nsets: { files: {} }',
  'version: 1\nsets: { paths: { 1a: [x] } }',
  'version: 1\nsets: { paths: { a: x } }',
  'version: 1\nunknown: 1',
  'version: 1\nrules: {}',
  rule('{ match: { path: a } }'),
  rule('{ action: direct }'),
  rule('{ match: { path: a }, action: deny(EIO) }'),
  rule('{ match: { path: a }, action: pasthrough }'),
  rule('{ match: { path: a }, action: direct, options: { read-ahead: much } }'),
  matching('{}'),
  matching('{ path: [] }'),
  matching('{ path: 5 }'),
  matching('{ type: folder }'),
  matching('{ size: {} }'),
  matching('{ size: 1MiB }'),
  matching('{ size: { min: 1Mb } }'),
  matching('{ caller: {} }'),
  matching('{ caller: { uid: -1 } }'),
  matching('{ caller: { user: 99999 } }'),
  matching('{ caller: { app: 100000 } }'),
  matching('{ caller: { app: [] } }'),
  matching('{ access: open }'),
  'version: 1\nexpect: [{ path: a }]',
  'version: 1\nexpect: [{ action: direct }]',
];

describe('the schema', () => {
  it('is the file that editors read (SLUICE_WRITE_SCHEMA=1 writes it)', () => {
    if (process.env['SLUICE_WRITE_SCHEMA'] === '1') writeFileSync(FILE, schemaFile());
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(schemaFile()));
  });

  it('takes every preset', () => {
    for (const [name, text] of Object.entries(PRESETS)) expect(fits(text), `${name}: ${faults()}`).toBe(true);
  });

  it('takes every policy of the guide', () => {
    const examples = [...guide.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1] ?? '');
    const policies = examples.filter((text) => text.includes('version: 1'));
    expect(policies.length).toBeGreaterThan(2);
    for (const text of policies) expect(fits(text), `${text}\n${faults()}`).toBe(true);
  });

  it('takes what the parser takes', () => {
    const random = seededRandom(7);
    let taken = 0;
    for (let i = 0; i < 400; i++) {
      const text = randomPolicy(random);
      if (!parsePolicy(text).policy) continue;
      taken++;
      expect(fits(text), `${text}\n${faults()}`).toBe(true);
    }
    expect(taken).toBeGreaterThan(200);
  });

  for (const text of BROKEN) {
    it(`refuses, as the parser does: ${text.replace(/\s+/g, ' ').slice(0, 80)}`, () => {
      expect(parsePolicy(text).policy).toBeUndefined();
      expect(fits(text)).toBe(false);
    });
  }
});
