export { FuseNativeEngine } from './engine.ts';
export type { EngineOptions } from './engine.ts';
export { loadFuseNative } from './package.ts';
export type { FuseNativeClass, LoadedPackage } from './package.ts';
export { UNKNOWN_CALLER } from './path-policy.ts';
