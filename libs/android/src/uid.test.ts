import { describe, expect, it } from 'vitest';
import { appIdOf, isAppId, uidOf, userOf } from './uid.ts';

describe('a uid', () => {
  it('is a user and an app id, and these are the uid again', () => {
    for (const [uid, user, appId] of [
      [0, 0, 0],
      [10_057, 0, 10_057],
      [1_010_057, 10, 10_057],
      [99_999, 0, 99_999],
      [100_000, 1, 0],
    ] as const) {
      expect([userOf(uid), appIdOf(uid)]).toEqual([user, appId]);
      expect(uidOf(user, appId)).toBe(uid);
    }
  });

  it('is an app’s from 10000 to 19999 of any user', () => {
    expect([9_999, 10_000, 19_999, 20_000].map((uid) => isAppId(appIdOf(uid)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isAppId(appIdOf(1_010_057))).toBe(true);
  });

  it('is refused where 32 bits do not hold it', () => {
    for (const [user, appId] of [
      [-1, 0],
      [0, 100_000],
      [0, -1],
      [42_950, 0],
      [1.5, 0],
      [42_949, 67_295],
    ] as const)
      expect(() => uidOf(user, appId)).toThrow('is no uid');
    expect(uidOf(42_949, 67_294)).toBe(0xffff_fffe);
  });
});
