/** The list of rules. */
import { isSeq, type ParsedNode } from 'yaml';
import { ACTION_NAMES } from './actions.ts';
import { fitMatch, readAction, readOptions } from './language-actions.ts';
import { MatchReader } from './language-match.ts';
import type { SetTable } from './language-sets.ts';
import { LIMITS } from './limits.ts';
import type { Entry, NodeReader } from './node-reader.ts';
import type { CallerCondition, Place, PolicyRule } from './policy.ts';
import { derivedId, RuleIds } from './rule-ids.ts';
import { kind, scalar } from './yaml-nodes.ts';

export const RULE_KEYS = ['id', 'match', 'action', 'options', 'why'] as const;

/** @param preset the name of the preset whose rules these are; undefined: the text's own */
export function readRules(
  reader: NodeReader,
  entry: Entry | undefined,
  sets: SetTable,
  callers: Map<string, CallerCondition>,
  preset?: string,
): PolicyRule[] {
  if (!entry || scalar(entry.value) === null) return [];
  if (!isSeq<ParsedNode>(entry.value)) {
    const message = `rules must be a list, one "- match: ..." for each, or [] for none; this is ${kind(entry.value)}`;
    reader.diagnostics.error(entry.place, message);
    return [];
  }
  const { items } = entry.value;
  if (items.length > LIMITS.rules) {
    const place = reader.place(items[LIMITS.rules] ?? null, entry.place);
    const message = `more than ${String(LIMITS.rules)} rules; use globs to cover many paths by one`;
    reader.diagnostics.error(place, message);
    return [];
  }
  const matches = new MatchReader(reader, sets, preset === undefined ? 'own' : 'preset', callers);
  const ids = new RuleIds(reader.diagnostics);
  const rules: PolicyRule[] = [];
  for (const [index, item] of items.entries()) {
    if (reader.diagnostics.full) break;
    const rule = readRule(reader, item, index, reader.place(item, entry.place), matches, ids, preset);
    if (rule) rules.push(rule);
  }
  ids.settle(items.length);
  return rules;
}

function readRule(
  reader: NodeReader,
  node: ParsedNode | null,
  index: number,
  place: Place,
  matches: MatchReader,
  ids: RuleIds,
  preset: string | undefined,
): PolicyRule | undefined {
  const entries = reader.map(node, place, 'a rule', RULE_KEYS);
  if (!entries) return undefined;
  const given = entries.get('id');
  const id = reader.text(given, 'id', LIMITS.nameBytes);
  if (given && id !== undefined) ids.give(id, index, given.place);
  const match = matches.read(entries.get('match'), place);
  const actionEntry = entries.get('action');
  if (!actionEntry)
    reader.diagnostics.error(place, `the rule has no action; add one of ${ACTION_NAMES.join(', ')}`);
  const action = actionEntry && readAction(reader, actionEntry);
  const options = readOptions(reader, entries.get('options'), 'options');
  const why = reader.text(entries.get('why'), 'why', LIMITS.whyBytes);
  if (!match || !action) return undefined;
  const own = id ?? derivedId(index);
  return {
    id: preset === undefined ? own : `${preset}/${own}`,
    ...(preset === undefined ? {} : { preset }),
    ...place,
    ...fitMatch(reader, place, match, action.action),
    action: action.action,
    errno: action.errno,
    options,
    ...(why === undefined ? {} : { why }),
  };
}
