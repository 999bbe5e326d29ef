import { describe, expect, it } from 'vitest';
import { checkRequest } from './decode.ts';
import { OPCODES, opcodeIndex } from './opcodes.ts';
import { randomFrom, randomRequest, views } from './requests.fixture.ts';

const ERRORS = new Set([-5, -22, -36, -38]);

function verdict(bytes: Uint8Array): number {
  const { u8, u32 } = views(bytes);
  return checkRequest(u8, u32, 0, bytes.length, true);
}

/** The same request with other bytes around it: a verdict that differs was read from outside the request. */
function verdictAmid(bytes: Uint8Array, neighbours: number): number {
  const room = new Uint8Array(((bytes.length + 3) & ~3) + 1024).fill(neighbours);
  room.set(bytes, 512);
  return checkRequest(room, new Uint32Array(room.buffer), 512, bytes.length, true);
}

function tellLength(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(0, bytes.length, true);
  return bytes;
}

describe('checkRequest under random requests', () => {
  it('passes every valid request', () => {
    const random = randomFrom(0x5eed_0001);
    const seen = new Set<number>();
    for (let i = 0; i < 50_000; i += 1) {
      const bytes = randomRequest(random);
      if (verdict(bytes) !== 0) expect(Buffer.from(bytes).toString('hex')).toBe('a request that passes');
      seen.add(new DataView(bytes.buffer).getUint32(4, true));
    }
    expect(seen.size).toBe(OPCODES.length);
  });

  it('refuses every valid request cut short, whether or not its header admits it', () => {
    const random = randomFrom(0x5eed_0002);
    for (let i = 0; i < 100_000; i += 1) {
      const bytes = randomRequest(random);
      const cut = bytes.slice(0, random(bytes.length));
      const admitted = cut.length < 4 ? cut : tellLength(cut.slice());
      if (!ERRORS.has(verdict(cut)) || !ERRORS.has(verdict(admitted))) {
        expect(Buffer.from(bytes).toString('hex')).toBe(`refused when cut to ${String(cut.length)} bytes`);
      }
    }
  });

  it('gives mutated requests a verdict that does not depend on the bytes around them', () => {
    const random = randomFrom(0x5eed_0003);
    const verdicts = new Map<number, number>();
    for (let i = 0; i < 100_000; i += 1) {
      let bytes = randomRequest(random);
      if (random(2) === 0) bytes = bytes.slice(0, 40 + random(bytes.length - 39));
      if (random(8) === 0) {
        const at = 40 + random(bytes.length - 39);
        bytes = Uint8Array.from([
          ...bytes.slice(0, at),
          ...new Uint8Array(250 + random(12)).fill(0x6e),
          ...bytes.slice(at),
        ]);
      }
      for (let flips = random(4); flips > 0; flips -= 1) bytes[random(bytes.length)] = random(256);
      if (random(4) !== 0) tellLength(bytes);
      const found = verdict(bytes);
      verdicts.set(found, (verdicts.get(found) ?? 0) + 1);
      if (
        (found !== 0 && !ERRORS.has(found)) ||
        verdictAmid(bytes, 0) !== found ||
        verdictAmid(bytes, 0xff) !== found
      ) {
        expect(Buffer.from(bytes).toString('hex')).toBe(`judged alike everywhere, not ${String(found)}`);
      }
    }
    expect([...verdicts.keys()].sort((a, b) => a - b)).toEqual([-38, -36, -22, -5, 0]);
  });

  it('survives random bytes of random length', () => {
    const random = randomFrom(0x5eed_0004);
    let known = 0;
    for (let i = 0; i < 100_000; i += 1) {
      const bytes = Uint8Array.from({ length: random(160) }, () => random(256));
      if (bytes.length >= 8) {
        tellLength(bytes);
        const opcode = OPCODES[random(OPCODES.length)]?.number ?? 1;
        new DataView(bytes.buffer).setUint32(4, random(8) === 0 ? random(2 ** 32) : opcode, true);
        if (opcodeIndex(opcode) !== 0) known += 1;
        if (bytes.length >= 40 && random(2) === 0) bytes.fill(0, 36, 38);
      }
      const found = verdict(bytes);
      if ((found !== 0 && !ERRORS.has(found)) || verdictAmid(bytes, 0) !== found) {
        expect(Buffer.from(bytes).toString('hex')).toBe(`judged alike everywhere, not ${String(found)}`);
      }
    }
    expect(known).toBeGreaterThan(50_000);
  });
});
