import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, REASON } from './actions.ts';
import { loadPolicy } from './compile.ts';
import { asking, decided, PLAIN, globPolicy, loaded, seededRandom, unpacked, walk } from './fixture.ts';
import { PolicyImage } from './image.ts';
import { HEADER, HEADER_WORDS } from './image-layout.ts';
import { interpret } from './interpret.ts';
import { utf8 } from './utf8.ts';

const TEXT = `
version: 1
default: auto
rules:
  - id: videos
    match: { path: ['DCIM/**', '**/*.{mp4,mkv}'], size: { min: 1MiB, max: 4GiB } }
    action: passthrough
    why: large media
  - id: drop
    match: { path: Inbox/**, access: write }
    action: direct
  - match: { path: '**/.thumbnails/**' }
    action: cached
  - match: { path: Music/** }
    action: auto
`;
const MiB = 2 ** 20;

describe('a policy image', () => {
  const { policy, image } = loaded(TEXT);

  /** path, access, size, action, reason, rule number. */
  const DECISIONS: [string, number, number, number, number, number][] = [
    ['DCIM/a.jpg', ACCESS.read, MiB, ACTION.passthrough, REASON.rule, 1],
    ['DCIM/a.jpg', ACCESS.read, MiB - 1, ACTION.auto, REASON.default, 0],
    ['DCIM', ACCESS.read, MiB, ACTION.passthrough, REASON.rule, 1],
    ['x/y/é.mkv', ACCESS.write, 4 * 2 ** 30 - 1, ACTION.passthrough, REASON.rule, 1],
    ['x/y/é.mkv', ACCESS.read, 4 * 2 ** 30, ACTION.auto, REASON.default, 0],
    ['x/y/é.mkv', ACCESS.write, 0, ACTION.auto, REASON.default, 0],
    ['Inbox/x', ACCESS.write, 0, ACTION.direct, REASON.rule, 2],
    ['Inbox/x', ACCESS.read | ACCESS.write, 0, ACTION.direct, REASON.rule, 2],
    ['Inbox/x', ACCESS.read, 0, ACTION.auto, REASON.default, 0],
    ['Inbox/x', ACCESS.read, 0, ACTION.auto, REASON.default, 0],
    ['a/.thumbnails/1', ACCESS.read, 0, ACTION.cached, REASON.rule, 3],
    ['Music/a', ACCESS.read, 131_071, ACTION.auto, REASON.rule, 4],
    ['Music/a', ACCESS.read, 131_072, ACTION.auto, REASON.rule, 4],
    ['Music/a', ACCESS.write, 0, ACTION.auto, REASON.rule, 4],
    ['Music/a', 0, 0, ACTION.auto, REASON.rule, 4],
    ['', ACCESS.read, 0, ACTION.auto, REASON.default, 0],
  ];
  for (const [path, access, size, ...expected] of DECISIONS) {
    it(`decides ${expected.join('/')} for ${path || 'the root'}, access ${String(access)}, ${String(size)} bytes`, () => {
      expect(unpacked(decided(image, asking(path, access, size)))).toEqual(expected);
      expect(unpacked(interpret(policy, PLAIN, asking(path, access, size)))).toEqual(expected);
    });
  }

  it('says whether a decision looks at the size', () => {
    const needs = (path: string): boolean => image.dependsOnSize(walk(image, path), 0, 0, 1);
    expect(needs('a/.thumbnails/1')).toBe(false);
    expect(needs('a/.thumbnails/1.mp4')).toBe(true);
    expect(needs('Inbox/x')).toBe(false);
    const plain = loaded(globPolicy('a')).image;
    expect(plain.dependsOnSize(walk(plain, 'a'), 0, 0, 1)).toBe(false);
    expect(plain.dependsOnSize(walk(plain, 'b'), 0, 0, 1)).toBe(false);
  });

  it('carries the ids and texts of its rules', () => {
    expect([0, 1, 2, 3].map((index) => image.ruleId(index))).toEqual(['videos', 'drop', 'rule-3', 'rule-4']);
    expect([0, 1].map((index) => image.ruleWhy(index))).toEqual(['large media', '']);
    expect([-1, 4, NaN, 0.5].map((index) => image.ruleId(index))).toEqual(['', '', '', expect.any(String)]);
  });

  it('steps over the bytes it is given and no others', () => {
    const bytes = utf8('xxDCIMxx');
    expect(image.step(image.rootState, bytes, 2, 6)).toBe(walk(image, 'DCIM'));
    expect(image.step(image.rootState, bytes, 2, 2)).toBe(image.rootState);
    expect(image.step(image.rootState, utf8('xxDCIM'), 2, 1000)).toBe(walk(image, 'DCIM'));
  });

  it('is the same for the same text', () => {
    expect(loadPolicy(TEXT).image).toEqual(loadPolicy(TEXT).image);
  });
});

describe('a block that is no policy image', () => {
  const bytes = loadPolicy(TEXT).image ?? new Uint8Array();
  const open = (words: Uint32Array, at = 0): PolicyImage => new PolicyImage(words.buffer as ArrayBuffer, at);
  const changed = (field: keyof typeof HEADER, value: number): Uint32Array => {
    const words = new Uint32Array(bytes.slice().buffer);
    words[HEADER[field]] = value;
    return words;
  };

  it('is refused with a reason', () => {
    expect(() => open(new Uint32Array(0))).toThrow('0 bytes do not hold a header');
    expect(() => open(new Uint32Array(HEADER_WORDS))).toThrow('magic is 0x0');
    expect(() => open(changed('version', 1))).toThrow('version is 1, not 2');
    expect(() => open(changed('totalBytes', bytes.length + 4))).toThrow(/length is/);
    expect(() => open(changed('totalBytes', bytes.length - 1))).toThrow(/length is/);
    expect(() => open(changed('totalBytes', 4))).toThrow(/length is/);
    expect(() => open(changed('nameSlots', 3))).toThrow('3 nameSlots are no power of two');
    expect(() => open(changed('nameSlots', 2 ** 31))).toThrow('the names lie outside');
    expect(() => open(changed('states', 0xffff_ffff))).toThrow('the states lie outside');
    expect(() => open(changed('ruleCount', 0xffff_ffff))).toThrow('the rules lie outside');
    expect(() => open(changed('nodes', 3))).toThrow('the nodes lie outside');
    expect(() => new PolicyImage(new ArrayBuffer(4096), 2)).toThrow(/multiple of 4/);
    expect(() => new PolicyImage(new ArrayBuffer(4096), -4)).toThrow(/multiple of 4/);
    expect(() => new PolicyImage(new ArrayBuffer(4096), 8192)).toThrow(/do not hold a header/);
  });

  it('is survived when it replaces an image that is being read', () => {
    const seed = Date.now() % 2 ** 31;
    const random = seededRandom(seed);
    const names = ['DCIM', 'a.mp4', '.thumbnails', 'é😀', 'x'.repeat(255), '\udc80'].map((name) =>
      utf8(name),
    );
    for (let round = 0; round < 40; round++) {
      const words = new Uint32Array(bytes.slice().buffer);
      const torn = open(words);
      for (let i = 0; i < words.length; i++) {
        if (round % 2 === 0 || random() < 0.05) words[i] = random() < 0.3 ? 0xffff_ffff : random() * 2 ** 32;
      }
      for (let i = 0; i < 20; i++) {
        let state = random() < 0.5 ? torn.rootState : Math.floor(random() * 2 ** 32);
        for (const name of names) {
          state = torn.step(state, name, 0, name.length);
          const decision = torn.decide(state, 0, 0, 3, 2 ** 21);
          const what = `seed ${String(seed)}, state ${String(state)}, decision ${String(decision)}`;
          expect(Number.isInteger(state) && state >= 0 && state < 2 ** 32, what).toBe(true);
          expect(unpacked(decision)[0], what).toBeOneOf(Object.values(ACTION));
          expect(unpacked(decision)[1], what).toBeLessThanOrEqual(REASON['auto-registered']);
          torn.dependsOnSize(state, 0, 0, 3);
        }
      }
      torn.ruleId(0);
      torn.ruleWhy(3);
    }
  });

  it('gives a decision for states that no step returned', () => {
    const image = open(new Uint32Array(bytes.slice().buffer));
    for (const state of [-1, 2 ** 32, 2 ** 53, NaN, 0.5, Infinity]) {
      expect(unpacked(image.decide(state, 0, 0, 1, 0))[0]).toBeOneOf(Object.values(ACTION));
      expect(Number.isInteger(image.step(state, utf8('a'), 0, 1))).toBe(true);
    }
  });
});
