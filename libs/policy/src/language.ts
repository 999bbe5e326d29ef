/**
 * The policy language, version 1: from a text to a `Policy`. Reading goes on after an error, so that one run shows them
 * all; a policy comes out only where there was none.
 */
import type { DataAction } from './actions.ts';
import { Diagnostics, quote, suggest, type Diagnostic } from './diagnostics.ts';
import { readDocument } from './document.ts';
import { readDefaultAction, readOptions } from './language-actions.ts';
import { readExpectations } from './language-expect.ts';
import { readRules } from './language-rules.ts';
import { SetTable } from './language-sets.ts';
import { LIMITS } from './limits.ts';
import { NodeReader, type Entries, type Entry } from './node-reader.ts';
import type { CallerCondition, Place, Policy } from './policy.ts';
import { PRESETS, type PresetName } from './presets.ts';
import { kind, scalar } from './yaml-nodes.ts';

export const POLICY_KEYS = [
  'version',
  'name',
  'case',
  'extends',
  'default',
  'defaults',
  'sets',
  'rules',
  'expect',
] as const;
export const CASES = ['volume', 'sensitive', 'insensitive'] as const;

/** Reads and validates a policy text. Never throws; `policy` is undefined where any diagnostic is an error. */
export function parsePolicy(text: string): { policy: Policy | undefined; diagnostics: Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const document = readDocument(text, diagnostics);
  const policy = document && readPolicy(new NodeReader(document, diagnostics));
  return { policy: diagnostics.hasErrors ? undefined : policy, diagnostics: diagnostics.list };
}

interface Base {
  readonly name: PresetName;
  readonly reader: NodeReader;
  readonly entries: Entries;
}

function readPolicy(reader: NodeReader): Policy | undefined {
  const { diagnostics } = reader;
  const { root } = reader.document;
  const start = reader.document.placeAt(root?.range[0] ?? 0);
  const entries = reader.map(root, start, 'a policy', POLICY_KEYS);
  if (!entries) return undefined;
  readVersion(reader, entries.get('version'), start);
  const name = reader.text(entries.get('name'), 'name', LIMITS.nameBytes);
  const caseEntry = entries.get('case');
  const folding = caseEntry && reader.word({ node: caseEntry.value, place: caseEntry.place }, 'case', CASES);
  const base = readExtends(reader, entries.get('extends'));

  const byDefault = entries.get('default');
  const action = byDefault ? readDefaultAction(reader, byDefault) : base && presetDefault(base);
  const defaults = {
    ...(base ? readOptions(base.reader, base.entries.get('defaults'), 'defaults') : {}),
    ...readOptions(reader, entries.get('defaults'), 'defaults'),
  };

  const sets = new SetTable();
  if (base) sets.define(base.reader, base.entries.get('sets'), 'preset');
  sets.define(reader, entries.get('sets'), 'own');
  const callers = new Map<string, CallerCondition>();
  const rules = readRules(reader, entries.get('rules'), sets, callers);
  if (base) {
    const room = LIMITS.rules - rules.length;
    const inherited = readRules(base.reader, base.entries.get('rules'), sets, callers, base.name);
    if (inherited.length > room) {
      const place = entries.get('extends')?.place ?? start;
      diagnostics.error(
        place,
        `more than ${String(LIMITS.rules)} rules with those of ${base.name}; use fewer`,
      );
    }
    const taken = new Set(inherited.map(({ id }) => id));
    for (const rule of rules)
      if (taken.has(rule.id))
        diagnostics.error(rule, `the id ${quote(rule.id)} is that of a rule of the preset; choose another`);
    rules.push(...inherited);
  }
  sets.settle();
  const expect = readExpectations(reader, entries.get('expect'));
  return {
    version: 1,
    ...(name === undefined ? {} : { name }),
    case: folding ?? 'volume',
    ...(base ? { extends: base.name } : {}),
    default: action ?? 'auto',
    defaults,
    rules,
    expect,
  };
}

function presetDefault({ reader, entries }: Base): DataAction | undefined {
  const entry = entries.get('default');
  return entry && readDefaultAction(reader, entry);
}

function readVersion(reader: NodeReader, entry: Entry | undefined, start: Place): void {
  if (!entry) reader.diagnostics.error(start, 'version is missing; begin with version: 1');
  else if (scalar(entry.value) !== 1)
    reader.diagnostics.error(entry.place, 'version must be the number 1, the only one there is');
}

/** The preset a text extends, read as if all of it stood where the text names it. */
function readExtends(reader: NodeReader, entry: Entry | undefined): Base | undefined {
  if (!entry) return undefined;
  const value = scalar(entry.value);
  const names = Object.keys(PRESETS) as PresetName[];
  const name = names.find((known) => known === value);
  if (name === undefined) {
    const message =
      typeof value === 'string'
        ? `unknown preset ${quote(value)}; ${suggest(value, names)}`
        : `extends must be the name of a preset: ${names.join(', ')}; this is ${kind(entry.value)}`;
    reader.diagnostics.error(entry.place, message);
    return undefined;
  }
  const document = readDocument(PRESETS[name], reader.diagnostics);
  if (!document) return undefined;
  const base = new NodeReader(document, reader.diagnostics, entry.place);
  const entries = base.map(document.root, entry.place, `the preset ${name}`, POLICY_KEYS);
  return entries && { name, reader: base, entries };
}
