/**
 * Android's user ids: each user of a device has a range of 100,000 of them, and an app the same place in each range
 * (AOSP: UserHandle.java, android_filesystem_config.h).
 */

/** AID_USER_OFFSET: how many uids a user has. */
export const USER_RANGE = 100_000;

/** AID_APP_START and AID_APP_END: the places in a user's range that belong to installed apps, both inclusive. */
export const APP_IDS = { first: 10_000, last: 19_999 } as const;

/** The user (0: the owner) that a uid belongs to. */
export function userOf(uid: number): number {
  return Math.floor(uid / USER_RANGE);
}

/** The place of a uid in its user's range: the same for an app in every user. */
export function appIdOf(uid: number): number {
  return uid % USER_RANGE;
}

/** @throws RangeError for a user or an app id that no uid of 32 bits can have. */
export function uidOf(user: number, appId: number): number {
  const uid = user * USER_RANGE + appId;
  const isWhole = Number.isInteger(user) && Number.isInteger(appId);
  // The last uid, 2^32 - 1, means "none" to the kernel.
  if (!isWhole || user < 0 || appId < 0 || appId >= USER_RANGE || uid >= 0xffff_ffff) {
    throw new RangeError(`app id ${appId} of user ${user} is no uid`);
  }
  return uid;
}

export function isAppId(appId: number): boolean {
  return appId >= APP_IDS.first && appId <= APP_IDS.last;
}
