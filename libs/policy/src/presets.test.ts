import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, REASON } from './actions.ts';
import { loaded, unpacked, walk } from './fixture.ts';
import { interpret } from './interpret.ts';
import { loadPolicy } from './compile.ts';
import { PRESETS } from './presets.ts';

const MiB = 2 ** 20;
type PresetName = keyof typeof PRESETS;

/** preset, access, size, registered, action, reason, id of the rule. */
const DECISIONS: [PresetName, number, number, boolean, number, number, string][] = [
  ['all', ACCESS.read, 0, false, ACTION.passthrough, REASON.default, ''],
  ['all', ACCESS.write, MiB, true, ACTION.passthrough, REASON.default, ''],
  ['none', ACCESS.read, MiB, true, ACTION.cached, REASON.default, ''],
  ['none', ACCESS.write, 0, false, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.read, MiB, false, ACTION.passthrough, REASON.rule, 'large'],
  ['big-files', ACCESS.write, MiB, false, ACTION.passthrough, REASON.rule, 'large'],
  ['big-files', ACCESS.read, MiB - 1, false, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.read, MiB - 1, true, ACTION.cached, REASON.default, ''],
  ['big-files', ACCESS.write, 0, false, ACTION.passthrough, REASON['auto-large'], 'written'],
  ['big-files', ACCESS.read | ACCESS.write, 5, false, ACTION.passthrough, REASON['auto-large'], 'written'],
  ['big-files', ACCESS.write, 0, true, ACTION.passthrough, REASON['auto-registered'], 'written'],
];

describe('the presets', () => {
  for (const [name, text] of Object.entries(PRESETS)) {
    it(`${name} is a policy of that name without a warning`, () => {
      const { policy, diagnostics } = loadPolicy(text);
      expect(diagnostics).toEqual([]);
      expect(policy?.name).toBe(name);
    });
  }

  for (const [name, access, size, registered, action, reason, rule] of DECISIONS) {
    it(`${name} decides access ${String(access)}, ${String(size)} bytes${registered ? ', registered' : ''}, as documented`, () => {
      const { policy, image } = loaded(PRESETS[name]);
      const decision = image.decide(walk(image, 'DCIM/a.mp4'), access, size, registered);
      expect(decision).toBe(interpret(policy, 'DCIM/a.mp4', access, size, registered));
      const [decidedAction, decidedReason, number] = unpacked(decision);
      expect([decidedAction, decidedReason]).toEqual([action, reason]);
      expect(number === 0 ? '' : image.ruleId(number - 1)).toBe(rule);
    });
  }
});
