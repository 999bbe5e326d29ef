/** Words of ours for the numbers of an enum of the schema, both ways. */
export interface WireEnum<Word extends string, Value extends number> {
  toWire(word: Word): Value;
  /** @throws RangeError naming the field, for a number without a word. */
  fromWire(value: number | null | undefined): Word;
}

export function wireEnum<Word extends string, Value extends number>(
  field: string,
  values: Readonly<Record<Word, Value>>,
): WireEnum<Word, Value> {
  const words = Object.keys(values) as Word[];
  return {
    toWire: (word) => values[word],
    fromWire: (value) => {
      const word = words.find((each) => values[each] === value);
      if (word === undefined) throw new RangeError(`${field}: ${value ?? 0} is not known here`);
      return word;
    },
  };
}
