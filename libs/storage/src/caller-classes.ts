/**
 * The policy's class of a caller, remembered for the callers seen last: a volume has few, and the image's tables are
 * searched anew only for one that is not among them.
 */
import type { PolicyImage } from '@sluice/policy';

const SLOTS = 64;

export class CallerClasses {
  readonly #uids = new Uint32Array(SLOTS);
  readonly #gids = new Uint32Array(SLOTS);
  /** Class + 1; 0: a free slot. */
  readonly #classes = new Uint32Array(SLOTS);
  #image: PolicyImage | undefined;

  of(image: PolicyImage, uid: number, gid: number): number {
    if (image.classes === 1) return 0;
    if (image !== this.#image) {
      this.#classes.fill(0);
      this.#image = image;
    }
    const slot = (Math.imul(uid ^ Math.imul(gid, 0x85eb_ca6b), 0x9e37_79b1) >>> 26) & (SLOTS - 1);
    if (this.#uids[slot] === uid && this.#gids[slot] === gid) {
      const known = this.#classes[slot] as number;
      if (known !== 0) return known - 1;
    }
    const found = image.callerClass(uid, gid);
    this.#uids[slot] = uid;
    this.#gids[slot] = gid;
    this.#classes[slot] = found + 1;
    return found;
  }
}
