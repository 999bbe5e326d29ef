export { run, sh, startDaemon } from './daemon.ts';
export type { CommandResult, DaemonOptions, RunningDaemon } from './daemon.ts';
export { POLICY_BY_CALLER } from './open-sequences.ts';
