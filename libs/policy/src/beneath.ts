/** What may happen beneath each path state: the MAY bits of all states that can be reached from it. */
import type { Budget } from './budget.ts';
import { mayOfAnyType, type DecisionNodes } from './decision-nodes.ts';
import type { PathAutomaton } from './path-automaton.ts';

/**
 * MAY bits by path state. Bits only ever grow, so they are passed back along the tables until nothing changes: each state
 * and table is looked at again at most once for each of the four bits.
 */
export function mayBeneath(paths: PathAutomaton, nodes: DecisionNodes, budget: Budget): Uint8Array {
  const { states, tables } = paths;
  const own = Uint8Array.from(states, ({ cell }) => mayOfAnyType(nodes.may(cell)));
  const beneath = new Uint8Array(states.length);
  if (own.every((may) => may === 0)) return beneath;

  const leadingTo = new Groups(states.length);
  const layeredOn = new Groups(tables.length);
  const having = new Groups(tables.length);
  for (const [id, table] of tables.entries()) {
    if (table.base !== id) layeredOn.add(table.base, id);
    else for (const target of table.targets) leadingTo.add(target, id);
    for (const target of table.names.values()) leadingTo.add(target, id);
  }
  for (const [id, { table }] of states.entries()) having.add(table, id);

  const ofTable = new Uint8Array(tables.length);
  const changed: number[] = [];
  const raise = (table: number, bits: number): void => {
    const raised = [table];
    for (let at = raised.pop(); at !== undefined; at = raised.pop()) {
      budget.spend(1);
      const before = ofTable[at] ?? 0;
      if ((before | bits) === before) continue;
      ofTable[at] = before | bits;
      having.each(at, (state) => {
        beneath[state] = (beneath[state] ?? 0) | bits;
        changed.push(state);
      });
      layeredOn.each(at, (layer) => raised.push(layer));
    }
  };
  for (let state = 0; state < states.length; state++) if (own[state] !== 0) changed.push(state);
  for (let state = changed.pop(); state !== undefined; state = changed.pop()) {
    const bits = (own[state] ?? 0) | (beneath[state] ?? 0);
    leadingTo.each(state, (table) => raise(table, bits));
  }
  return beneath;
}

/** Lists of numbers by number, as chains in two arrays. */
class Groups {
  readonly #first: Int32Array;
  readonly #next: number[] = [];
  readonly #members: number[] = [];

  constructor(count: number) {
    this.#first = new Int32Array(count).fill(-1);
  }

  add(group: number, member: number): void {
    this.#next.push(this.#first[group] ?? -1);
    this.#first[group] = this.#members.push(member) - 1;
  }

  each(group: number, visit: (member: number) => void): void {
    for (let at = this.#first[group] ?? -1; at >= 0; at = this.#next[at] ?? -1) visit(this.#members[at] ?? 0);
  }
}
