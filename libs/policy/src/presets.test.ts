import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, REASON } from './actions.ts';
import { asking, decided, PLAIN, loaded, unpacked } from './fixture.ts';
import { interpret } from './interpret.ts';
import { loadPolicy } from './compile.ts';
import { PRESETS } from './presets.ts';

const MiB = 2 ** 20;
type PresetName = keyof typeof PRESETS;

/** preset, access, size, action, reason, id of the rule. */
const DECISIONS: [PresetName, number, number, number, number, string][] = [
  ['all', ACCESS.read, 0, ACTION.passthrough, REASON.default, ''],
  ['all', ACCESS.write, MiB, ACTION.passthrough, REASON.default, ''],
  ['none', ACCESS.read, MiB, ACTION.cached, REASON.default, ''],
  ['none', ACCESS.write, 0, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.read, MiB, ACTION.passthrough, REASON.rule, 'large'],
  ['big-files', ACCESS.write, MiB, ACTION.passthrough, REASON.rule, 'large'],
  ['big-files', ACCESS.read, MiB - 1, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.read, MiB - 1, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.write, 0, ACTION.auto, REASON.rule, 'written'],
  ['big-files', ACCESS.read | ACCESS.write, 5, ACTION.auto, REASON.rule, 'written'],
  ['big-files', ACCESS.write, 0, ACTION.auto, REASON.rule, 'written'],
];

/** uid, app ids of the set location, whether a photo is redacted for it. */
const REDACTED: [number, number[], boolean][] = [
  ...[0, 1000, 1023, 2000, 9999, 1_000_000, 1_009_999, 4_200_001_023].map(
    (uid): [number, number[], boolean] => [uid, [], false],
  ),
  ...[10_000, 10_057, 19_999, 110_000, 1_010_057, 4_200_019_999].map((uid): [number, number[], boolean] => [
    uid,
    [],
    true,
  ]),
  [20_000, [], false],
  [1_020_000, [], false],
  [10_057, [10_057], false],
  [1_010_057, [10_057], false],
  [1_010_058, [10_057], true],
];

describe('android-media', () => {
  for (const [uid, location, redacted] of REDACTED) {
    it(`${redacted ? 'redacts' : 'passes'} a photo for uid ${String(uid)} where location is [${location.join()}]`, () => {
      const { image } = loaded(
        `version: 1\nextends: android-media\nsets: { uids: { location: [${location.join()}] } }\n`,
      );
      const action = (path: string): number =>
        unpacked(decided(image, asking(path, ACCESS.read, 5, { uid, gid: uid })))[0];
      expect(action('DCIM/a.jpg')).toBe(redacted ? ACTION.redact : ACTION.passthrough);
      expect(action('DCIM/a.txt')).toBe(ACTION.passthrough);
      expect(action('Android/data/com.a/a.jpg')).toBe(ACTION.passthrough);
    });
  }
});

describe('the presets', () => {
  for (const [name, text] of Object.entries(PRESETS)) {
    it(`${name} is a policy of that name without a warning`, () => {
      const { policy, diagnostics } = loadPolicy(text);
      expect(diagnostics).toEqual([]);
      expect(policy?.name).toBe(name);
    });
  }

  for (const [name, access, size, action, reason, rule] of DECISIONS) {
    it(`${name} decides access ${String(access)}, ${String(size)} bytes, as documented`, () => {
      const { policy, image } = loaded(PRESETS[name]);
      const decision = decided(image, asking('DCIM/a.mp4', access, size));
      expect(decision).toBe(interpret(policy, PLAIN, asking('DCIM/a.mp4', access, size)));
      const [decidedAction, decidedReason, number] = unpacked(decision);
      expect([decidedAction, decidedReason]).toEqual([action, reason]);
      expect(number === 0 ? '' : image.ruleId(number - 1)).toBe(rule);
    });
  }
});
