export {
  HEADER,
  MAX_TRANSFER,
  MAX_WORKERS,
  POLICY_IMAGE_BYTES,
  SessionMemory,
  WORKER,
  roundUp,
} from './memory.ts';
export type { SessionGeometry, SlotOffsets } from './memory.ts';
export { Lock } from './lock.ts';
export { NO_REPLY, Request } from './request.ts';
export { NAMED_COUNTERS, WorkerCounters, namedCount, requestCount } from './counters.ts';
export { OLDEST_MINOR, answerInit } from './negotiate.ts';
export type { Negotiated } from './negotiate.ts';
export { mountAt, parseMounts } from './mount-table.ts';
export type { Mount } from './mount-table.ts';
export { DIALECT_NAMES, chooseDialect, dialectAt, dialectByName } from './dialects/choose.ts';
export type { Dialect, DialectName, InitOffer, RegistrationOwner } from './dialects/dialect.ts';
export { DIALECT_LIMIT, isUnprivileged, mapsLowerFile, recordLimits } from './dialects/limits.ts';
export type { DialectLimit } from './dialects/limits.ts';
export { registerLower } from './dialects/register.ts';
export { playAnswers } from './played-answers.ts';
export type { PlayedAnswers } from './played-answers.ts';
export { serve } from './serve.ts';
export type { FileSystem, FileSystemFactory, Handler, LoopEnd, WorkerSetup } from './serve.ts';
export {
  abortConnection,
  connectionOf,
  detach,
  isMountPoint,
  mountSession,
  openDevice,
  unmount,
} from './mount.ts';
export { MountError } from './mount-options.ts';
export type { MountOptions } from './mount-options.ts';
export { hasCapability, ownCapabilities } from './capabilities.ts';
export { mountByFusermount } from './fusermount.ts';
export type { AssistedMount } from './fusermount.ts';
export { Notifier } from './notify.ts';
export type { NodeId, NotificationRoom } from './notify.ts';
export { runTrial, runTrialThread } from './proof/trial.ts';
export type { TrialOptions, TrialThreadData } from './proof/trial.ts';
export { FUSE_BPF_FEATURE, runBackingTrial } from './proof/backing-trial.ts';
export type { BackingReport } from './proof/backing-report.ts';
export { DATA_CHECKS } from './proof/trial-report.ts';
export type { TrialCheck, TrialCost, TrialReason, TrialReport } from './proof/trial-report.ts';
export type { ProbeAttempt, ProbeCheck, ProbeReport } from './proof/probe-report.ts';
export { notTried } from './proof/verdict.ts';
