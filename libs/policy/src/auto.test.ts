import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, REASON } from './actions.ts';
import {
  AUTO_LARGE_BYTES,
  daemonCost,
  explainAuto,
  passthroughCost,
  resolveAuto,
  type AutoCosts,
} from './auto.ts';

const CHEAP: AutoCosts = { registration: 3000, request: 12_000, daemonMiB: 150_000, passthroughMiB: 80_000 };
const DEAR: AutoCosts = { ...CHEAP, registration: 60_000 };
const NOT_MEASURED: AutoCosts = { registration: 0, request: 0, daemonMiB: 0, passthroughMiB: 0 };

function resolved(
  costs: AutoCosts,
  asked: number,
  size: number,
  registered = false,
  opens = 0,
): [number, number] {
  const packed = resolveAuto(costs, asked, size, registered, opens);
  return [packed & 15, packed >>> 4];
}

describe('auto', () => {
  it('passes through what is registered already, whatever it costs', () => {
    expect(resolved(DEAR, ACCESS.read, 1, true)).toEqual([ACTION.passthrough, REASON['auto-registered']]);
  });

  it('always passes large files and writers through', () => {
    for (const costs of [CHEAP, DEAR, NOT_MEASURED]) {
      expect(resolved(costs, ACCESS.read, AUTO_LARGE_BYTES)).toEqual([
        ACTION.passthrough,
        REASON['auto-large'],
      ]);
      expect(resolved(costs, ACCESS.read, 2 ** 40)).toEqual([ACTION.passthrough, REASON['auto-large']]);
      expect(resolved(costs, ACCESS.write, 0)).toEqual([ACTION.passthrough, REASON['auto-large']]);
      expect(resolved(costs, ACCESS.read | ACCESS.create, 0)).toEqual([
        ACTION.passthrough,
        REASON['auto-large'],
      ]);
    }
  });

  it('passes small files through where that costs less than the requests it saves, and not otherwise', () => {
    expect(resolved(CHEAP, ACCESS.read, 4096)).toEqual([ACTION.passthrough, REASON['auto-cheap']]);
    expect(resolved(DEAR, ACCESS.read, 4096)).toEqual([ACTION.cached, REASON['auto-small']]);
    expect(resolved(NOT_MEASURED, ACCESS.read, 4096)).toEqual([ACTION.cached, REASON['auto-small']]);
  });

  it('passes a small file through that is opened again and again', () => {
    expect(resolved(DEAR, ACCESS.read, 4096, false, 3)).toEqual([ACTION.cached, REASON['auto-small']]);
    expect(resolved(DEAR, ACCESS.read, 4096, false, 10)).toEqual([ACTION.passthrough, REASON['auto-cheap']]);
  });

  it('never leaves passthrough as a file grows, is opened more often, or costs less to register', () => {
    for (let registration = 1000; registration < 200_000; registration += 7001) {
      const costs = { ...CHEAP, registration };
      let passed = false;
      for (let size = 0; size <= AUTO_LARGE_BYTES; size += 1024) {
        const passes = resolved(costs, ACCESS.read, size)[0] === ACTION.passthrough;
        expect(passes || !passed).toBe(true);
        passed = passes;
        if (passes) expect(resolved(costs, ACCESS.read, size, false, 1)[0]).toBe(ACTION.passthrough);
      }
      expect(passed).toBe(true);
    }
  });

  it('chooses what its own arithmetic finds cheaper, and tells it', () => {
    const question = { asked: ACCESS.read, size: 50_000, registered: false, opens: 1 };
    for (const costs of [CHEAP, DEAR]) {
      const past = passthroughCost(costs, question.size, question.opens);
      const through = daemonCost(costs, question.size);
      const [action] = resolved(costs, ACCESS.read, question.size, false, question.opens);
      expect(action).toBe(past < through ? ACTION.passthrough : ACTION.cached);
      const [first, second, third] = explainAuto(costs, question);
      expect(first).toContain(`= ${(past / 1000).toFixed(1)} us`);
      expect(second).toContain(`= ${(through / 1000).toFixed(1)} us`);
      expect(third).toBe(past < through ? 'passthrough costs less' : 'the daemon costs less');
    }
  });
});
