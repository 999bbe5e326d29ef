/**
 * Which callers two policies have to be compared for: one of each pair of caller classes, (class under the one, class under
 * the other), that some caller belongs to.
 *
 * The classes' own representatives are not enough: a caller may belong to a pair that no representative of either policy
 * does. Between neighbouring uids with different pairs the borders are therefore looked for by halving.
 */
import type { PolicyImage } from '@sluice/policy';

export interface CallerPair {
  uid: number;
  gid: number;
  /** Classes under the policy before and after. */
  from: number;
  to: number;
}

export interface CallerPairs {
  pairs: CallerPair[];
  /** There are more than were looked for. */
  capped: boolean;
}

/** Pairs compared at most, and how often a class is asked for to find them. */
export const MOST_CALLER_PAIRS = 256;
const MOST_QUESTIONS = 200_000;

/** The last uid that a caller can have: (uid_t)-1 means none. */
const LAST_ID = 0xffff_fffe;

export function callerPairs(from: PolicyImage, to: PolicyImage): CallerPairs {
  if (from.classes === 1 && to.classes === 1) {
    return { pairs: [{ uid: 0, gid: 0, from: 0, to: 0 }], capped: false };
  }
  const search = new Search(from, to);
  const uids = new Set([0, LAST_ID]);
  const gids = new Set([0, LAST_ID]);
  for (const image of [from, to]) {
    for (let each = 0; each < image.classes; each++) {
      uids.add(image.classUid(each) >>> 0);
      gids.add(image.classGid(each) >>> 0);
    }
  }
  const sortedUids = [...uids].sort((a, b) => a - b);
  const sortedGids = [...gids].sort((a, b) => a - b);
  for (const gid of sortedGids) search.along(sortedUids, (uid) => search.at(uid, gid));
  for (const { uid } of [...search.pairs]) search.along(sortedGids, (gid) => search.at(uid, gid));
  return { pairs: search.pairs, capped: search.capped };
}

class Search {
  readonly pairs: CallerPair[] = [];
  capped = false;
  readonly #known = new Set<number>();
  readonly #from: PolicyImage;
  readonly #to: PolicyImage;
  #questions = 0;

  constructor(from: PolicyImage, to: PolicyImage) {
    this.#from = from;
    this.#to = to;
  }

  /** The pair of a caller as one number; notes it if it is new. */
  at(uid: number, gid: number): number {
    this.#questions++;
    const from = this.#from.callerClass(uid, gid);
    const to = this.#to.callerClass(uid, gid);
    const key = from * 0x10000 + to;
    if (this.#known.has(key)) return key;
    if (this.pairs.length >= MOST_CALLER_PAIRS) this.capped = true;
    else {
      this.#known.add(key);
      this.pairs.push({ uid, gid, from, to });
    }
    return key;
  }

  /** Looks at all of the ids, which are in order, and for borders between neighbours that differ. */
  along(ids: readonly number[], at: (id: number) => number): void {
    let before = ids[0] ?? 0;
    let beforeKey = at(before);
    for (const id of ids.slice(1)) {
      if (this.#exhausted()) return;
      const key = at(id);
      this.#between(before, beforeKey, id, key, at);
      before = id;
      beforeKey = key;
    }
  }

  #between(low: number, lowKey: number, high: number, highKey: number, at: (id: number) => number): void {
    if (lowKey === highKey || high - low < 2 || this.#exhausted()) return;
    const middle = low + Math.floor((high - low) / 2);
    const key = at(middle);
    this.#between(low, lowKey, middle, key, at);
    this.#between(middle, key, high, highKey, at);
  }

  #exhausted(): boolean {
    if (this.#questions > MOST_QUESTIONS) this.capped = true;
    return this.capped;
  }
}
