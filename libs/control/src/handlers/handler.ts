import type { Server } from '@grpc/grpc-js';
import { ControlError, type Caller, type ControlBackend } from '../backend.ts';
import { statusOfError, type StatusReply } from '../errors.ts';

export type ControlLog = (level: 'info' | 'warn' | 'error', message: string) => void;

/** What handlers need of the server they are in. */
export interface HandlerContext {
  backend: ControlBackend;
  log: ControlLog;
  /** Who is at the other end, by what gRPC calls the peer of a call. */
  callerOf(peer: string): Caller;
}

/** One method of the API, ready to be put into a server. */
export interface Handler {
  readonly path: string;
  register(server: Server, context: HandlerContext): void;
}

/** The status of a call that rejected: a ControlError by its code, anything else as INTERNAL and a line in the log. */
export function failure(path: string, error: unknown, log: ControlLog): StatusReply {
  if (error instanceof ControlError) {
    try {
      return statusOfError(error);
    } catch (unwritable) {
      return unexpected(path, unwritable, log);
    }
  }
  return unexpected(path, error, log);
}

function unexpected(path: string, error: unknown, log: ControlLog): StatusReply {
  const known = error instanceof Error;
  log('error', `${path} failed unexpectedly: ${known ? (error.stack ?? error.message) : String(error)}`);
  const message = known ? error.message : String(error);
  return statusOfError(new ControlError('internal', `unexpected failure in ${path}: ${message}`));
}
