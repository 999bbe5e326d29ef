/** Flag sets: a name for each bit of a u32, and their printing for evidence and logs. */

/** Names to unsigned 32-bit values. */
export type FlagSet = Readonly<Record<string, number>>;

/** Bit `n`, 0 to 31, as an unsigned number. */
export function bit(n: number): number {
  return (1 << n) >>> 0;
}

/**
 * The names of the bits set in the u32 `value`, in the order of the set. Bits without a name follow together as one
 * hexadecimal number, so that nothing of the value is lost.
 */
export function flagNames(set: FlagSet, value: number): string[] {
  let rest = value >>> 0;
  const names: string[] = [];
  for (const [name, flag] of Object.entries(set)) {
    if (flag !== 0 && (value & flag) >>> 0 === flag) {
      names.push(name);
      rest = (rest & ~flag) >>> 0;
    }
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names;
}
