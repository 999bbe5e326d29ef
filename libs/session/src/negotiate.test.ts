import { describe, expect, it } from 'vitest';
import { ERRNO } from '@sluice/sys';
import { INIT_FLAGS, INIT_FLAGS2, OPCODE } from '@sluice/wire';
import { dialectAt } from './dialects/choose.ts';
import { none } from './dialects/none.ts';
import { HEADER } from './memory.ts';
import { answerInit } from './negotiate.ts';
import type { Negotiated } from './negotiate.ts';
import { arrive, requestOf, sessionMemory } from './session-memory.fixture.ts';

const memory = sessionMemory();
const request = requestOf(memory);

interface Answer {
  result: number;
  /** The payload as u32 words. */
  words: number[];
  settled: Negotiated;
}

/** `words`: major, minor, max_readahead, flags and, from a kernel of 7.36 on, flags2 and eleven words unused. */
function answer(words: number[], allowPassthrough = true): Answer {
  memory.u8.fill(0xee, request.payloadAt, request.payloadAt + 128);
  memory.setU32(HEADER.initDone, 0);
  arrive(request, OPCODE.INIT, new Uint8Array(Uint32Array.from(words).buffer));
  const settled: Negotiated = { minor: 0, flags: 0, flags2: 0, dialect: none, offered: false };
  const result = answerInit(
    request,
    { passthrough: allowPassthrough, locks: false, acl: false, idmap: false },
    settled,
  );
  const at = request.payloadAt >>> 2;
  return { result, words: [...memory.u32.subarray(at, at + 16)], settled };
}

const UNUSED = Array<number>(11).fill(0);
const READAHEAD = 0x2_0000;
/** max_background 64, congestion_threshold 48. */
const BACKGROUND = 0x0030_0040;
const REST = [0, 0, 0, 0, 0, 0];

describe('the answer to INIT', () => {
  it('to 7.26 (Linux 4.14): 32 pages a request, nothing of what it cannot know', () => {
    const { result, words } = answer([7, 26, READAHEAD, 0x001f_fffb]);
    expect(result).toBe(64);
    const flags = 0x0004_f079;
    expect(words).toEqual([7, 45, READAHEAD, flags, BACKGROUND, 0x2_0000, 1, 0, 0, 0, ...REST]);
  });

  it('to 7.32 (Linux 5.10): 256 pages a request', () => {
    const { result, words } = answer([7, 32, READAHEAD, 0x0fff_fffb]);
    expect(result).toBe(64);
    const flags = 0x00c4_f079;
    expect(words).toEqual([7, 45, READAHEAD, flags, BACKGROUND, 0x10_0000, 1, 256, 0, 0, ...REST]);
  });

  it('to 7.38 (Linux 6.2): the second word of flags', () => {
    const { result, words, settled } = answer([7, 38, READAHEAD, 0x7fff_fffb, 0x0000_000d, ...UNUSED]);
    expect(result).toBe(64);
    const flags = 0x70c4_f079;
    expect(words).toEqual([7, 45, READAHEAD, flags, BACKGROUND, 0x10_0000, 1, 256, 0x8, 0, ...REST]);
    expect(settled).toMatchObject({ minor: 38, flags, flags2: 0x8, offered: false });
    expect(settled.dialect.name).toBe('none');
  });

  it('to 7.45 (Linux 6.18): passthrough over lower files that are not stacked', () => {
    const { result, words, settled } = answer([7, 45, READAHEAD, 0x7fff_fffb, 0x0000_05fd, ...UNUSED]);
    expect(result).toBe(64);
    const flags = 0x70c4_f079;
    expect(words).toEqual([7, 45, READAHEAD, flags, BACKGROUND, 0x10_0000, 1, 256, 0x38, 1, ...REST]);
    expect(settled).toMatchObject({ minor: 45, flags, flags2: 0x38, offered: true });
    expect(settled.dialect.name).toBe('mainline');
    const kept = [HEADER.offeredMinor, HEADER.offeredFlags, HEADER.offeredFlags2];
    expect(kept.map((at) => memory.getU32(at))).toEqual([45, 0x7fff_fffb, 0x0000_05fd]);
  });

  it('to a newer minor: what is settled is ours', () => {
    const { settled } = answer([7, 99, READAHEAD, 0x7fff_fffb, 0x0000_05fd, ...UNUSED]);
    expect(settled.minor).toBe(45);
  });

  it('to a newer major: our version alone, so that it asks again, and nothing is settled', () => {
    const { result, words, settled } = answer([8, 0, READAHEAD, 0xffff_ffff]);
    expect(result).toBe(64);
    expect(words).toEqual([7, 45, ...Array<number>(14).fill(0)]);
    expect(settled.minor).toBe(0);
    expect(memory.load(HEADER.initDone)).toBe(0);
  });

  it.each([
    [7, 22],
    [7, 0],
    [6, 45],
    [0, 0],
  ])('to %i.%i: EPROTO, and nothing is settled', (major, minor) => {
    expect(answer([major, minor, READAHEAD, 0xffff_ffff]).result).toBe(-ERRNO.EPROTO);
    expect(memory.load(HEADER.initDone)).toBe(0);
  });

  it('to the oldest minor served, 7.23', () => {
    expect(answer([7, 23, READAHEAD, 0]).result).toBe(64);
  });
});

describe('passthrough', () => {
  const offering = [7, 45, READAHEAD, 0x7fff_fffb, 0x0000_05fd, ...UNUSED];

  it('is not taken where it is not allowed, though status says it was offered', () => {
    const { words, settled } = answer(offering, false);
    expect((words[8] ?? 0) & INIT_FLAGS2.PASSTHROUGH).toBe(0);
    expect(words[9]).toBe(0);
    expect(settled.dialect.name).toBe('none');
    expect(settled.offered).toBe(true);
    expect(memory.getU32(HEADER.initPassthrough)).toBe(1);
    expect(dialectAt(memory.getU32(HEADER.initDialect)).name).toBe('none');
  });

  it('is written down for the other workers and for status', () => {
    answer(offering);
    expect(memory.getU32(HEADER.initPassthrough)).toBe(3);
    expect(dialectAt(memory.getU32(HEADER.initDialect)).name).toBe('mainline');
    expect(memory.getU32(HEADER.initMinor)).toBe(45);
    expect(memory.getU32(HEADER.initFlags)).toBe(0x70c4_f079);
    expect(memory.getU32(HEADER.initFlags2)).toBe(0x38);
    expect(memory.load(HEADER.initDone)).toBe(1);
  });

  it('never goes together with WRITEBACK_CACHE, which would switch it off', () => {
    expect((answer(offering).words[3] ?? 0) & INIT_FLAGS.WRITEBACK_CACHE).toBe(0);
  });
});

describe('flags that the kernel did not offer', () => {
  it('are never answered, under 20,000 random offers', () => {
    let state = 0x1234_5678;
    const random = (): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 0;
    };
    for (let i = 0; i < 20_000; i++) {
      const [flags, flags2] = [random(), random()];
      const { words } = answer([7, 45, random(), flags, flags2, ...UNUSED], i % 2 === 0);
      const offered2 = (flags & INIT_FLAGS.INIT_EXT) === 0 ? 0 : flags2;
      const beyond = [(words[3] ?? 0) & ~flags, (words[8] ?? 0) & ~offered2];
      if (beyond.some((bits) => bits !== 0)) expect([flags, flags2, ...beyond]).toEqual('no bit beyond');
    }
  });

  it('are not read out of what an earlier request left behind a short INIT', () => {
    answer([7, 45, READAHEAD, 0x7fff_fffb, 0x0000_05fd, ...UNUSED]);
    const { words, settled } = answer([7, 45, READAHEAD, 0x7fff_fffb]);
    expect(words.slice(8, 10)).toEqual([0, 0]);
    expect(settled.offered).toBe(false);
  });
});
