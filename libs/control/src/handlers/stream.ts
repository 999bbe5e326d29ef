import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ControlBackend } from '../backend.ts';
import type { Method } from '../methods.ts';
import { failure, type Handler } from './handler.ts';

/**
 * A handler whose answers are many. They are asked for one after the other, no faster than the client reads; when it goes
 * away, `signal` is aborted. What `act` throws becomes the call's status.
 */
export function stream<Request, Response>(
  method: Method<Request, Response>,
  act: (backend: ControlBackend, request: Request, signal: AbortSignal) => AsyncIterable<Response>,
): Handler {
  const { path } = method;
  return {
    path,
    register(server, { backend, log }) {
      const handle = async (call: ServerWritableStream<Request, Response>): Promise<void> => {
        const gone = new AbortController();
        for (const event of ['cancelled', 'close', 'error']) call.on(event, () => gone.abort());
        try {
          for await (const response of act(backend, call.request, gone.signal)) {
            if (gone.signal.aborted) return;
            if (!call.write(response)) await once(call, 'drain', { signal: gone.signal });
          }
          if (!gone.signal.aborted) call.end();
        } catch (error) {
          if (!gone.signal.aborted) call.emit('error', failure(path, error, log));
        }
      };
      server.register(
        path,
        (call: ServerWritableStream<Request, Response>) => void handle(call),
        method.encodeResponse,
        method.decodeRequest,
        'serverStream',
      );
    },
  };
}
