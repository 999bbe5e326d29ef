/** What is different between two versions of a policy: lines, and rules. */
import { LIMITS } from '@sluice/control';
import type { PolicyDifference, RuleDifference } from '@sluice/control';
import { parsePolicy } from '@sluice/policy';
import type { PathSet, PolicyRule } from '@sluice/policy';
import { unifiedDiff } from './line-diff.ts';
import { digestOf } from './policy-store.ts';
import type { StoredVersion } from './policy-store.ts';

const MOST_RULES = 10_000;

export function differenceOf(from: StoredVersion, to: StoredVersion): PolicyDifference {
  const names = [nameOf(from), nameOf(to)] as const;
  const whole = unifiedDiff(from.text, to.text, names);
  const textDiff = cut(whole);
  return {
    fromVersion: from.version,
    toVersion: to.version,
    textDiff,
    textCut: textDiff.length < whole.length,
    rules: ruleDifferences(rulesOf(from.text), rulesOf(to.text)).slice(0, MOST_RULES),
  };
}

function nameOf({ version, name }: StoredVersion): string {
  return `version ${version} (${JSON.stringify(name).slice(1, -1)})`;
}

/** At the end of a line, within the limit. */
function cut(diff: string): string {
  if (Buffer.byteLength(diff) <= LIMITS.diffBytes) return diff;
  const bytes = Buffer.from(diff).subarray(0, LIMITS.diffBytes);
  return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1).toString();
}

/** What each rule says, by id, in order. Nothing for a text that is no policy (any more). */
function rulesOf(text: string): Map<string, string> {
  const { policy } = parsePolicy(text);
  const sets = new Map<PathSet, string>();
  return new Map((policy?.rules ?? []).map((rule) => [rule.id, meaning(rule, sets)]));
}

/** Everything but where it stands in the text. `sets`: what path sets say, each worked out once: rules share them. */
function meaning(
  { line: _line, column: _column, paths, ...rule }: PolicyRule,
  sets: Map<PathSet, string>,
): string {
  const rest = JSON.stringify(rule, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value));
  return paths === undefined ? rest : `${pathsOf(paths, sets)} ${rest}`;
}

function pathsOf(set: PathSet, sets: Map<PathSet, string>): string {
  const known = sets.get(set);
  if (known !== undefined) return known;
  const globs = set.globs.map(({ text }) => text);
  const said = digestOf(JSON.stringify([globs, set.uses.map((used) => pathsOf(used, sets))]));
  sets.set(set, said);
  return said;
}

export function ruleDifferences(
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): RuleDifference[] {
  const fromPositions = new Map([...from.keys()].map((id, index) => [id, index + 1]));
  const toPositions = new Map([...to.keys()].map((id, index) => [id, index + 1]));
  const common = [...to.keys()].filter((id) => from.has(id));
  const inOrder = longestRun(common.map((id) => fromPositions.get(id) ?? 0));
  const stays = new Set(inOrder.map((index) => common[index]));
  const differences: RuleDifference[] = [];
  const add = (kind: RuleDifference['kind'], id: string): void => {
    differences.push({
      kind,
      id,
      fromPosition: fromPositions.get(id) ?? 0,
      toPosition: toPositions.get(id) ?? 0,
    });
  };
  for (const id of from.keys()) if (!to.has(id)) add('removed', id);
  for (const [id, says] of to) {
    if (!from.has(id)) add('added', id);
    else {
      if (from.get(id) !== says) add('changed', id);
      if (!stays.has(id)) add('moved', id);
    }
  }
  return differences;
}

/** Indices of a longest increasing run of the numbers: what has not moved. */
function longestRun(numbers: readonly number[]): number[] {
  const ends: number[] = [];
  const before = new Array<number>(numbers.length).fill(-1);
  numbers.forEach((number, index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  });
  const run: number[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) run.push(index);
  return run.reverse();
}
