/** What came of one check, as programs in a machine print it: a line of JSON each. */
export interface Outcome {
  name: string;
  /** What went wrong; null if nothing did. */
  error: string | null;
  /** How long it took, where that was measured. */
  seconds?: number;
}

/** The outcomes among a program's output; other lines are not theirs. */
export function parseOutcomes(output: string): Outcome[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{"name":')) return [];
    const { name, error, seconds } = JSON.parse(line) as Partial<Outcome>;
    if (typeof name !== 'string' || (error !== null && typeof error !== 'string')) return [];
    return [{ name, error, ...(typeof seconds === 'number' ? { seconds } : {}) }];
  });
}
