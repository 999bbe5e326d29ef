export { Volume } from './volume.ts';
export type { Operation, VolumeOptions } from './volume.ts';
export { DEFAULT_STORAGE_GEOMETRY, planStorage, sessionGeometry } from './layout.ts';
export type { StorageGeometry, StorageLayout } from './layout.ts';
export { keepsAcl, prepareVolume, tryHandles } from './prepare.ts';
export type { HandleTrial, Prepared } from './prepare.ts';
export { readCosts, writeCosts } from './auto-costs.ts';
export { namesFold } from './name-case.ts';
export { switchPolicy, workersBehind, writePolicyImage } from './policy-state.ts';
export { readVolumeStatistics } from './statistics.ts';
export type { VolumeStatistics } from './statistics.ts';
export { Explainer } from './explain.ts';
export type { ExplainQuery, ExplainResult } from './explain.ts';
export { ANDROID_OWNERSHIP, DEFAULT_FEATURES } from './features.ts';
export type { VolumeFeatures } from './features.ts';
export { takesAnyIdentity } from './caller.ts';
export { PageDropper } from './page-drops/page-dropper.ts';
export { LockPoller } from './locks/lock-poller.ts';
export { PolicyChangeWalk } from './policy-change/policy-change-walk.ts';
export type { ChangeSample, PolicyChangeFound } from './policy-change/policy-change-walk.ts';
export type { OpenFileFound } from './policy-change/open-file-walk.ts';
export { Invalidator } from './policy-change/invalidator.ts';
export { TraceReader } from './trace/trace-reader.ts';
export type { TracedEvent } from './trace/trace-reader.ts';
export { COUNTER } from './counters.ts';
export { lenience, typeOfMode } from './decisions.ts';
export { nameOf } from './explain.ts';
export type { FixedOwnership } from './features.ts';
export { SHARED } from './layout.ts';
export { openBeneath } from './open-beneath.ts';
export {
  MODE,
  OPEN_REASON,
  OPEN_REASON_NAMES,
  chooseMode,
  refusalReason,
  settleAction,
} from './open-mode.ts';
export { askedOf } from './open-flags.ts';
