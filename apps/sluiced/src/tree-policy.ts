/** What a policy says about trees: which directories leave the daemon as a whole, each told by its path. */
import { ACTION, PolicyImage, TYPE, decisionAction } from '@sluice/policy';

export class TreePolicy {
  /** Paths that its `tree` rules name without wildcards. */
  readonly directories: readonly string[];
  readonly #image: PolicyImage;

  /** `image`: the compiled policy. */
  constructor(image: Uint8Array, directories: readonly string[]) {
    this.#image = new PolicyImage(image.buffer as ArrayBuffer, image.byteOffset);
    this.directories = directories;
  }

  /** Some rule is a `tree`. */
  get hasTrees(): boolean {
    return this.#image.trees;
  }

  /** Whether the directory leaves, and not already with one above it. The volume root never does. */
  isTop(path: string): boolean {
    const states = this.#states(path);
    const own = states.pop();
    return (
      own !== undefined &&
      this.#image.leavesWhole(own) &&
      !states.some((state) => this.#image.leavesWhole(state))
    );
  }

  /** It is a `tree`, but a rule hides, redacts or denies something in it, which only the daemon can do. */
  isGuarded(path: string): boolean {
    const own = this.#states(path).at(-1);
    if (own === undefined || this.#image.guardsWithin(own) === 0) return false;
    const decision = this.#image.decide(own, this.#image.callerClass(0, 0), TYPE.directory, 0, 0);
    return decisionAction(decision) === ACTION.tree;
  }

  /** The state at each directory on the way, the root left out. */
  #states(path: string): number[] {
    const states: number[] = [];
    let state = this.#image.rootState;
    for (const name of path.split('/')) {
      if (name === '') return [];
      const bytes = new TextEncoder().encode(name);
      state = this.#image.step(state, bytes, 0, bytes.length);
      states.push(state);
    }
    return states;
  }
}
