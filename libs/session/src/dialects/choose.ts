/** Which dialect a kernel speaks, read off the bits it offers in INIT. */
import { androidUnique } from './android-unique.ts';
import { androidV0 } from './android-v0.ts';
import { androidV1 } from './android-v1.ts';
import { androidV2 } from './android-v2.ts';
import type { Dialect, DialectName, InitOffer } from './dialect.ts';
import { mainline } from './mainline.ts';
import { none } from './none.ts';

/** In order of preference. `none` is offered by every kernel. */
const DIALECTS: readonly Dialect[] = [mainline, androidV2, androidV1, androidV0, androidUnique, none];

export const DIALECT_NAMES: readonly DialectName[] = DIALECTS.map(({ name }) => name);

export function chooseDialect(offer: InitOffer): Dialect {
  return DIALECTS.find((dialect) => dialect.accepts(offer) !== undefined) ?? none;
}

export function dialectByName(name: DialectName): Dialect {
  return DIALECTS.find((dialect) => dialect.name === name) ?? none;
}

/** A dialect as a number, for session memory. */
export function dialectIndex(dialect: Dialect): number {
  return DIALECTS.findIndex(({ name }) => name === dialect.name);
}

export function dialectAt(index: number): Dialect {
  return DIALECTS[index] ?? none;
}
