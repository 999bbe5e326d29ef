/**
 * How `auto` decides: by what passing a file through costs and saves on this very kernel. The costs are measured when the
 * volume starts (libs/session, proof); everything else is arithmetic that `explain` shows.
 *
 * A registration is paid once and kept while the file is used again, so that it is spread over the opens seen so far and
 * this one. Through the daemon, each 128 KiB are a request, and each byte is copied once more.
 */
import { ACCESS, ACTION, REASON } from './actions.ts';

/** Nanoseconds, as measured; 0 where there was nothing to measure. */
export interface AutoCosts {
  /** One registration of a lower file with the kernel, and its end. */
  readonly registration: number;
  /** One request to the daemon and back. */
  readonly request: number;
  /** Reading 1 MiB that is in memory: in requests of 128 KiB through the daemon, and past it. */
  readonly daemonMiB: number;
  readonly passthroughMiB: number;
}

/** Bytes from which a file always passes through: what the daemon carries would be more than any registration. */
export const AUTO_LARGE_BYTES: number = 128 * 1024;
const MIB = 1024 * 1024;

/** What is asked about one open. */
export interface AutoQuestion {
  /** ACCESS bits. */
  asked: number;
  /** Bytes, now. */
  size: number;
  /** The inode holds a backing id already. */
  registered: boolean;
  /** How often it was opened before. */
  opens: number;
}

/** The action and reason, `action | reason << 4`. Allocates nothing. */
export function resolveAuto(
  costs: AutoCosts,
  asked: number,
  size: number,
  registered: boolean,
  opens: number,
): number {
  if (registered) return ACTION.passthrough | (REASON['auto-registered'] << 4);
  if ((asked & (ACCESS.write | ACCESS.create)) !== 0 || size >= AUTO_LARGE_BYTES)
    return ACTION.passthrough | (REASON['auto-large'] << 4);
  return costs.request > 0 && passthroughCost(costs, size, opens) < daemonCost(costs, size)
    ? ACTION.passthrough | (REASON['auto-cheap'] << 4)
    : ACTION.cached | (REASON['auto-small'] << 4);
}

/** Nanoseconds of one open's registration, shared with the opens before, and of reading the whole file. */
export function passthroughCost(costs: AutoCosts, size: number, opens: number): number {
  return costs.registration / (opens + 1) + (costs.passthroughMiB * size) / MIB;
}

/** Nanoseconds of reading the whole file through the daemon: a request for each 128 KiB, one for an empty file. */
export function daemonCost(costs: AutoCosts, size: number): number {
  const requests = Math.max(1, Math.ceil(size / AUTO_LARGE_BYTES));
  return costs.request * requests + (costs.daemonMiB * size) / MIB;
}

/** The arithmetic of {@link resolveAuto}, a line for each step. */
export function explainAuto(costs: AutoCosts, { asked, size, registered, opens }: AutoQuestion): string[] {
  if (registered)
    return ['the file is registered with the kernel already: passing it through costs nothing more'];
  if ((asked & (ACCESS.write | ACCESS.create)) !== 0)
    return ['the file is opened for writing and may grow large: it passes through'];
  if (size >= AUTO_LARGE_BYTES)
    return [
      `${String(size)} bytes are ${String(AUTO_LARGE_BYTES)} or more: a large file always passes through`,
    ];
  if (costs.request === 0)
    return ['registrations were not measured on this volume: small files are served by the daemon'];
  const past = passthroughCost(costs, size, opens);
  const through = daemonCost(costs, size);
  return [
    `passthrough: registration ${microseconds(costs.registration)} / ${String(opens + 1)} opens + ` +
      `${String(size)} bytes at ${microseconds(costs.passthroughMiB)} per MiB = ${microseconds(past)}`,
    `daemon: ${String(Math.max(1, Math.ceil(size / AUTO_LARGE_BYTES)))} request(s) of ${microseconds(costs.request)} + ` +
      `${String(size)} bytes at ${microseconds(costs.daemonMiB)} per MiB = ${microseconds(through)}`,
    past < through ? 'passthrough costs less' : 'the daemon costs less',
  ];
}

function microseconds(nanoseconds: number): string {
  return `${(nanoseconds / 1000).toFixed(1)} us`;
}
