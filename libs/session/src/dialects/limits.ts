/**
 * What a kernel does not do as its dialect's best kernels do, although passthrough is proven: found out by the trial, kept
 * in session memory for workers and explanations. And why there is no dialect, where that is not the kernel's doing.
 */
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { Dialect } from './dialect.ts';

/**
 * `mapping`: the daemon fills memory mappings. `direct`: O_DIRECT reads and writes go through the daemon. `mixing`: cached
 * and passthrough opens of one inode stand side by side where they were expected to exclude each other, or the other way
 * round. `unprivileged`: passthrough was not tried, because the daemon lacks CAP_SYS_ADMIN; the dialect is `none`.
 */
export const DIALECT_LIMIT = { mapping: 1, direct: 2, mixing: 4, unprivileged: 8 } as const;
export type DialectLimit = keyof typeof DIALECT_LIMIT;

/** Before the volume is served. */
export function recordLimits(memory: SessionMemory, limits: readonly DialectLimit[]): void {
  memory.store(
    HEADER.dialectLimits,
    limits.reduce((bits, limit) => bits | DIALECT_LIMIT[limit], 0),
  );
}

/** Whether mappings of files that pass through see what passes the daemon by. */
export function mapsLowerFile(memory: SessionMemory, dialect: Dialect): boolean {
  return dialect.mapsLowerFile && (memory.getU32(HEADER.dialectLimits) & DIALECT_LIMIT.mapping) === 0;
}

/** Whether the dialect is `none` for want of CAP_SYS_ADMIN. */
export function isUnprivileged(memory: SessionMemory): boolean {
  return (memory.getU32(HEADER.dialectLimits) & DIALECT_LIMIT.unprivileged) !== 0;
}
