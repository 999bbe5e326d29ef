/** Session memory of its own for a test file, and a request in the first worker's slot as the read loop would find it. */
import { afterAll } from 'vitest';
import { sys } from '@sluice/sys';
import { IN_HEADER } from '@sluice/wire';
import { SessionMemory } from './memory.ts';
import type { SessionGeometry } from './memory.ts';
import { Request } from './request.ts';

/** Call at the top of a test file: released after its tests. */
export function sessionMemory(geometry: SessionGeometry = { workers: 1, storageBytes: 0 }): SessionMemory {
  const memory = newSessionMemory(geometry);
  afterAll(() => sys.arenaRelease(memory.base));
  return memory;
}

/** The caller releases the arena. */
export function newSessionMemory(geometry: SessionGeometry): SessionMemory {
  const fd = sys.memfdCreate('sluice-test', SessionMemory.bytesFor(geometry));
  const memory = SessionMemory.attach(fd, geometry, true);
  sys.close(fd);
  return memory;
}

/** The first worker's request object. */
export function requestOf(memory: SessionMemory): Request {
  return new Request(memory, memory.slot(0), () => undefined);
}

/** Puts `argument` behind a header with `opcode` where requests arrive, and takes the header over. */
export function arrive(request: Request, opcode: number, argument: Uint8Array): void {
  const { memory, headerAt, argumentAt } = request;
  const length = IN_HEADER.SIZE + argument.length;
  memory.u8.fill(0, headerAt, argumentAt);
  memory.u8.set(argument, argumentAt);
  memory.setU32(headerAt + IN_HEADER.len, length);
  memory.setU32(headerAt + IN_HEADER.opcode, opcode);
  request.receive(length);
}
