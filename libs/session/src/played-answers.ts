/**
 * A kernel that is not there, for tests: INIT offers less, or other bits, than the real one, and registrations meet an
 * errno. Only tests say so, in the volume server's start message; the words are 0 otherwise and change nothing.
 */
import { HEADER } from './memory.ts';
import type { SessionMemory } from './memory.ts';

export interface PlayedAnswers {
  /** INIT bits taken out of what the kernel offers, and put in; unsigned words. */
  withoutFlags?: number;
  withoutFlags2?: number;
  withFlags?: number;
  withFlags2?: number;
  /** The protocol minor, if lower than the kernel's; 0: as it is. */
  minor?: number;
  /** The answer to every registration; 0: the kernel's own. Never plays success. */
  registerErrno?: number;
}

/** Before INIT is answered. */
export function playAnswers(memory: SessionMemory, answers: PlayedAnswers): void {
  memory.setU32(HEADER.playedWithoutFlags, answers.withoutFlags ?? 0);
  memory.setU32(HEADER.playedWithoutFlags2, answers.withoutFlags2 ?? 0);
  memory.setU32(HEADER.playedWithFlags, answers.withFlags ?? 0);
  memory.setU32(HEADER.playedWithFlags2, answers.withFlags2 ?? 0);
  memory.setU32(HEADER.playedMinor, answers.minor ?? 0);
  memory.setU32(HEADER.playedRegisterErrno, answers.registerErrno ?? 0);
}
