import type { sendUnaryData, Server, ServerUnaryCall } from '@grpc/grpc-js';
import { ControlError, type ControlBackend } from '../backend.ts';
import { statusOfError, type StatusReply } from '../errors.ts';
import type { Method } from '../methods.ts';

export type ControlLog = (level: 'info' | 'warn' | 'error', message: string) => void;

/** One method of the API, ready to be put into a server. */
export interface Handler {
  readonly path: string;
  register(server: Server, backend: ControlBackend, log: ControlLog): void;
}

/**
 * A handler that checks the request, asks the backend and translates its answer, all in `act`. What `act` rejects
 * with becomes the call's status: a ControlError by its code, anything else as INTERNAL and a line in the log.
 */
export function unary<Request, Response>(
  method: Method<Request, Response>,
  act: (backend: ControlBackend, request: Request) => Promise<Response>,
): Handler {
  const { path } = method;
  return {
    path,
    register(server, backend, log) {
      const handle = (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
        act(backend, call.request).then(
          (response) => reply(null, response),
          (error: unknown) => reply(failure(path, error, log)),
        );
      };
      server.register(path, handle, method.encodeResponse, method.decodeRequest, 'unary');
    },
  };
}

function failure(path: string, error: unknown, log: ControlLog): StatusReply {
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
