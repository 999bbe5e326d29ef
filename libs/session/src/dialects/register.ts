/**
 * Registering by the dialect in use. V0 to V2 offer themselves by one INIT bit; which of them it is shows at the first
 * registration, when ENOTTY means: another generation's kernel. What was found out is written down in session memory, so
 * that all workers and status go by it.
 */
import { ERRNO } from '@sluice/sys';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { Negotiated } from '../negotiate.ts';
import { dialectAt, dialectByName, dialectIndex } from './choose.ts';

/**
 * As {@link Dialect.register}, by `settled.dialect`, which becomes the dialect that answered; `none` where the kernel knows
 * none of its family's ioctls, with -ENOTTY as the result.
 */
export function registerLower(
  settled: Negotiated,
  memory: SessionMemory,
  device: number,
  lowerFd: number,
  scratchAt: number,
  uniqueAt: number,
): number {
  const played = memory.getU32(HEADER.playedRegisterErrno);
  for (;;) {
    const { dialect } = settled;
    const result = played !== 0 ? -played : dialect.register(memory, device, lowerFd, scratchAt, uniqueAt);
    if (result !== -ERRNO.ENOTTY || dialect.name === 'none') return result;
    const next = dialectByName(dialect.otherwise ?? 'none');
    // Another worker may have been faster, and further.
    memory.compareExchange(HEADER.initDialect, dialectIndex(dialect), dialectIndex(next));
    settled.dialect = dialectAt(memory.load(HEADER.initDialect));
    if (settled.dialect.name === 'none') {
      memory.store(HEADER.initPassthrough, memory.load(HEADER.initPassthrough) & ~2);
      return result;
    }
  }
}
