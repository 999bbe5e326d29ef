export { EXCHANGE_REPLY_FAILED, LOWER_STAT } from './native.ts';
export type { Address, NativeCalls, Result } from './native.ts';
export { sys, nativeAddonPath } from './load.ts';
export { Scratch } from './scratch.ts';
export * from './errno.ts';
export * from './constants.ts';
