import { describe, expect, it } from 'vitest';
import { parseOutcomes } from './outcome.ts';

describe('outcomes of a program in a machine', () => {
  it('are its lines of that form, whatever else it printed', () => {
    const output =
      'noise\n{"name": "a", "error": null}\n{"other": 1}\n{"name": "b", "error": "why", "seconds": 1.5}\n';
    expect(parseOutcomes(output)).toEqual([
      { name: 'a', error: null },
      { name: 'b', error: 'why', seconds: 1.5 },
    ]);
    expect(parseOutcomes('{"name": "a"}\n{"name": 1, "error": null}')).toEqual([]);
  });
});
