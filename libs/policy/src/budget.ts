/** What a compilation has spent. Reaching a limit ends it by an exception that the compiler turns into a diagnostic. */
import { LIMITS } from './limits.ts';

export class LimitReached extends Error {
  /** Index of the rule that weighs most in what was being built, once known. */
  rule: number | undefined;

  constructor(message: string, rule?: number) {
    super(message);
    this.rule = rule;
  }
}

export class Budget {
  #steps = 0;
  #bytes = 0;

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > LIMITS.compileSteps) {
      throw new LimitReached(
        `the policy takes more than ${String(LIMITS.compileSteps)} steps to compile; ` +
          'use fewer wildcards, and fewer rules for the same paths',
      );
    }
  }

  /** Accounts for a part of the image before it is built. */
  reserve(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > LIMITS.imageBytes) throw imageTooLarge();
  }
}

export function imageTooLarge(): LimitReached {
  return new LimitReached(
    `the compiled policy is larger than ${String(LIMITS.imageBytes)} bytes; use globs for lists of names and fewer wildcards`,
  );
}

/**
 * The owner of the members that tell the sets apart most: the rule to name when the sets are too many. A member in all
 * of them or in few makes few; one that is in half of them makes twice as many.
 */
export function heaviestOwner(
  sets: readonly (readonly number[])[],
  ownerOf: (member: number) => number,
): number | undefined {
  const counts = new Map<number, number>();
  for (const set of sets) for (const member of set) counts.set(member, (counts.get(member) ?? 0) + 1);
  const weights = new Map<number, number>();
  let heaviest: number | undefined;
  let most = -1;
  for (const [member, count] of counts) {
    const owner = ownerOf(member);
    const weight = (weights.get(owner) ?? 0) + count * (sets.length - count);
    weights.set(owner, weight);
    if (weight > most) {
      most = weight;
      heaviest = owner;
    }
  }
  return heaviest;
}
