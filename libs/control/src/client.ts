import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { ControlError, type ControlBackend } from './backend.ts';
import { errorOfStatus } from './errors.ts';
import { LIMITS } from './limits.ts';
import { explainRequestToMessage, explanationFromMessage } from './messages/explanation.ts';
import { diagnosticFromMessage, storedPolicyFromMessage } from './messages/policy.ts';
import { statsFromMessage } from './messages/stats.ts';
import { statusFromMessage } from './messages/status.ts';
import { specToMessage, volumeFromMessage } from './messages/volume.ts';
import { METHODS, type Method } from './methods.ts';
import { checkSocketPath } from './socket.ts';

/** The daemon's own interface, at a distance. Every failure is a ControlError, DaemonUnreachable if none answered. */
export interface ControlClient extends ControlBackend {
  /** Ends the connection; without it the process stays alive. */
  close(): void;
}

export interface ClientOptions {
  /** Of one call, milliseconds; 10,000 when absent. */
  deadlineMs?: number;
}

/** Connects with the first call. @throws Error if the path cannot be a socket's. */
export function connectControl(socketPath: string, options: ClientOptions = {}): ControlClient {
  checkSocketPath(socketPath);
  const { deadlineMs = 10_000 } = options;
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': LIMITS.messageBytes,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
  });

  /** `read` turns the message into the backend's type; what it cannot read is the daemon's fault, not the caller's. */
  function call<Request, Response, Result>(
    method: Method<Request, Response>,
    request: Request,
    read: (response: Response) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Response): void => {
        if (error) {
          reject(errorOfStatus(error, socketPath));
          return;
        }
        try {
          resolve(read(response as Response));
        } catch (unreadable) {
          const problem = (unreadable as Error).message;
          reject(
            new ControlError('internal', `the daemon's answer to ${method.path} cannot be read: ${problem}`),
          );
        }
      };
      const deadline = Date.now() + deadlineMs;
      client.makeUnaryRequest(
        method.path,
        method.encodeRequest,
        method.decodeResponse,
        request,
        { deadline },
        done,
      );
    });
  }

  return {
    status: () => call(METHODS.getStatus, {}, statusFromMessage),
    listVolumes: () => call(METHODS.listVolumes, {}, ({ volumes }) => (volumes ?? []).map(volumeFromMessage)),
    addVolume: async (spec) =>
      call(METHODS.addVolume, encodable(specToMessage, spec), ({ volume }) =>
        volumeFromMessage(present('volume', volume)),
      ),
    removeVolume: (name, force) => call(METHODS.removeVolume, { name, force }, () => undefined),
    getPolicy: (volume) =>
      call(METHODS.getPolicy, { volume }, ({ policy }) => storedPolicyFromMessage(present('policy', policy))),
    validatePolicy: (text, fileName) =>
      call(METHODS.validatePolicy, { text, fileName }, ({ diagnostics }) =>
        (diagnostics ?? []).map(diagnosticFromMessage),
      ),
    applyPolicy: (volume, text, fileName) =>
      call(METHODS.applyPolicy, { volume, text, fileName }, ({ policy }) =>
        storedPolicyFromMessage(present('policy', policy)),
      ),
    explain: async (request) =>
      call(METHODS.explain, encodable(explainRequestToMessage, request), explanationFromMessage),
    stats: (volume) =>
      call(METHODS.getStats, { volume }, ({ volumes }) => (volumes ?? []).map(statsFromMessage)),
    close: () => client.close(),
  };
}

/** @throws ControlError `invalid_argument` for a number that the wire would change. */
function encodable<Given, Message>(encode: (given: Given) => Message, given: Given): Message {
  try {
    return encode(given);
  } catch (error) {
    throw new ControlError('invalid_argument', (error as Error).message);
  }
}

function present<T>(field: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new RangeError(`${field} is missing`);
  return value;
}
