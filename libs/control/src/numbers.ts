/**
 * 64-bit fields are numbers everywhere but on the wire. They are converted here and nowhere else, and a value that a
 * double would round is an error rather than a slightly different value.
 */

/** What the decoder gives for a uint64: a Long where the package `long` is at hand, a number (rounded) where not. */
export type Wire64 = number | { toNumber(): number; toString(): string } | null | undefined;

/** @throws RangeError naming the field if the value is beyond 2^53 - 1. */
export function numberFromWire(field: string, value: Wire64): number {
  const number = typeof value === 'object' && value !== null ? value.toNumber() : (value ?? 0);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`${field}: ${String(value)} is out of range; 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return number;
}

/** @throws RangeError naming the field if the value is not an integer from 0 to 2^53 - 1. */
export function wire64(field: string, value: number): number {
  return numberFromWire(field, value);
}

/** @throws RangeError naming the field if the value is not an integer from 0 to 2^32 - 1: the encoder would wrap it. */
export function wire32(field: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`${field}: ${value} is out of range; 0 to ${0xffff_ffff}`);
  }
  return value;
}
