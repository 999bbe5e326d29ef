/** Which dialect a kernel speaks, read off the bits it offers in INIT. */
import type { Dialect, DialectName, InitFlags } from './dialect.ts';
import { mainline } from './mainline.ts';
import { none } from './none.ts';

/** In order of preference. `none` is offered by every kernel. */
const DIALECTS: readonly Dialect[] = [mainline, none];

export function chooseDialect(offered: InitFlags): Dialect {
  return (
    DIALECTS.find(
      ({ bits }) =>
        (offered.flags & bits.flags) === bits.flags && (offered.flags2 & bits.flags2) === bits.flags2,
    ) ?? none
  );
}

export function dialectByName(name: DialectName): Dialect {
  return DIALECTS.find((dialect) => dialect.name === name) ?? none;
}

/** A dialect as a number, for session memory. */
export function dialectIndex(dialect: Dialect): number {
  return DIALECTS.indexOf(dialect);
}

export function dialectAt(index: number): Dialect {
  return DIALECTS[index] ?? none;
}
