/** Errors and warnings about a policy text: each says where, what, and what would be right. */
import { LIMITS } from './limits.ts';
import type { Place } from './policy.ts';

export interface Diagnostic {
  severity: 'error' | 'warning';
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 code units. */
  column: number;
  message: string;
}

/** Collects diagnostics up to the limit; errors are counted beyond it, so a flood cannot pass for success. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];
  #errors = 0;
  #dropped = false;

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  get full(): boolean {
    return this.#dropped;
  }

  error(place: Place, message: string): void {
    this.#errors++;
    this.#add('error', place, message);
  }

  warning(place: Place, message: string): void {
    this.#add('warning', place, message);
  }

  #add(severity: Diagnostic['severity'], place: Place, message: string): void {
    if (this.#dropped) return;
    if (this.list.length >= LIMITS.diagnostics) {
      this.#dropped = true;
      message = `more than ${String(LIMITS.diagnostics)} findings; the rest is left out: correct these first`;
    }
    this.list.push({ severity, line: place.line, column: place.column, message });
  }
}

/** A piece of the user's text for a message: quoted, control characters escaped, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The candidate that a misspelt word most likely means, if any is near enough to suggest. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 32) return undefined;
  const folded = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 2));
  for (const candidate of candidates) {
    const distance = editDistance(folded, candidate.toLowerCase());
    if (distance <= bestDistance) {
      if (distance === bestDistance && best !== undefined) continue;
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"? ` where something is near enough, and always the words that would be right. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  const hint = near === undefined ? '' : `did you mean ${quote(near)}? `;
  return `${hint}Known here: ${candidates.join(', ')}`;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
