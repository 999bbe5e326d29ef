import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller, ControlBackend } from '../backend.ts';
import type { Method } from '../methods.ts';
import { failure, type Handler } from './handler.ts';

/**
 * A handler that checks the request, asks the backend and translates its answer, all in `act`. What `act` rejects
 * with becomes the call's status.
 */
export function unary<Request, Response>(
  method: Method<Request, Response>,
  act: (backend: ControlBackend, request: Request, caller: Caller) => Promise<Response>,
): Handler {
  const { path } = method;
  return {
    path,
    register(server, { backend, log, callerOf }) {
      const handle = (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
        act(backend, call.request, callerOf(call.getPeer())).then(
          (response) => reply(null, response),
          (error: unknown) => reply(failure(path, error, log)),
        );
      };
      server.register(path, handle, method.encodeResponse, method.decodeRequest, 'unary');
    },
  };
}
