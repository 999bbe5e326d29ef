import type { Caller } from '../backend.ts';
import type { sluice } from '../generated/messages.js';
import { wire32 } from '../numbers.ts';

type AuthorMessage = sluice.v1.PolicyAuthor.$Properties;

export function callerToMessage(caller: Caller): AuthorMessage {
  return { uid: wire32('uid', caller.uid), pid: wire32('pid', caller.pid), program: caller.program };
}

export function callerFromMessage(message: AuthorMessage | null | undefined): Caller {
  return { uid: message?.uid ?? 0, pid: message?.pid ?? 0, program: message?.program ?? '' };
}
