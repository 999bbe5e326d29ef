export { PACKAGES_LIST_LIMITS, parsePackagesList } from './packages-list.ts';
export type { PackagesList, SkippedLine } from './packages-list.ts';
export { APP_IDS, USER_RANGE, appIdOf, isAppId, uidOf, userOf } from './uid.ts';
