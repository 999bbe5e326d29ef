/** What the process ends with; stated in docs/cli.md, so scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** The daemon, or the command, could not do what was asked. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** No daemon answered. */
  unreachable: 3,
} as const;

/** A failure whose message is all there is to say. */
export class CommandFailure extends Error {}
