/** Requests built for tests as the kernel lays them out, in buffers of exactly their size. */
import { OPCODES } from './opcodes.ts';
import type { Operation } from './opcodes.ts';

export interface Parts {
  readonly opcode: number;
  readonly argument?: Uint8Array;
  readonly names?: readonly string[];
  readonly data?: Uint8Array;
  readonly extensions?: Uint8Array;
}

/** Bytes of the request, whose length field and total_extlen tell the truth. */
export function request({ opcode, argument, names = [], data, extensions }: Parts): Uint8Array {
  const body = Buffer.concat([
    Buffer.alloc(40),
    argument ?? Buffer.alloc(0),
    ...names.map((name) => Buffer.from(`${name}\0`, 'latin1')),
    data ?? Buffer.alloc(0),
    extensions ?? Buffer.alloc(0),
  ]);
  body.writeUInt32LE(body.length, 0);
  body.writeUInt32LE(opcode, 4);
  body.writeBigUInt64LE(2n, 8);
  body.writeBigUInt64LE(1n, 16);
  body.writeUInt16LE((extensions?.length ?? 0) / 8, 36);
  return new Uint8Array(body);
}

/** Little-endian u32 words. */
export function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** An argument of `size` zero bytes but for one u32. */
export function argumentWith(size: number, at: number, value: number): Uint8Array {
  const argument = new Uint8Array(size);
  new DataView(argument.buffer).setUint32(at, value, true);
  return argument;
}

/** Views of a copy of `bytes` in a buffer of exactly `bytes.length` (the u32 view: of its whole words). */
export function views(bytes: Uint8Array): { u8: Uint8Array; u32: Uint32Array } {
  const u8 = Uint8Array.from(bytes);
  return { u8, u32: new Uint32Array(u8.buffer, 0, u8.length >>> 2) };
}

/** A number in [0, bound). */
export type Random = (bound: number) => number;

/** A repeatable source of numbers (xorshift32); the seed is any u32 but 0. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function randomName(random: Random, rule: Operation['nameRules'][number]): string {
  const alphabet = rule === 'component' || rule === 'lookup' ? 'abc.\xff é' : 'abc./\xff';
  const length = 1 + random(random(20) === 0 ? (rule === 'target' ? 4095 : 255) : 24);
  const name = Array.from({ length }, () => alphabet[random(alphabet.length)] ?? 'a').join('');
  return rule === 'component' && (name === '.' || name === '..') ? 'x' : name;
}

/** A valid request of a random operation with an argument of the least size, for a 16-byte SETXATTR argument. */
export function randomRequest(random: Random): Uint8Array {
  const operation: Operation | undefined = OPCODES[random(OPCODES.length)];
  if (operation === undefined) throw new Error('no operation');
  const { number: opcode, nameRules, payload, name } = operation;
  const size = name === 'SETXATTR' ? 16 : operation.argument;
  const count = random(9);
  const argument = Uint8Array.from({ length: size }, () => random(256));
  if (payload !== undefined) new DataView(argument.buffer).setUint32(payload.at, count, true);
  const data = Uint8Array.from({ length: payload === undefined ? 0 : count * payload.unit }, () =>
    random(256),
  );
  const extensions = random(8) === 0 ? words(16, 32, 1, random(65_536)) : new Uint8Array(0);
  return request({
    opcode,
    argument,
    names: nameRules.map((rule) => randomName(random, rule)),
    data,
    extensions,
  });
}
