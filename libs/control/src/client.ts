import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { ControlError, type ApplyOptions, type ControlBackend } from './backend.ts';
import { errorOfStatus } from './errors.ts';
import { LIMITS } from './limits.ts';
import { explainRequestToMessage, explanationFromMessage } from './messages/explanation.ts';
import { appliedFromMessage } from './messages/policy-change.ts';
import { differenceFromMessage } from './messages/policy-difference.ts';
import { policyEventFromMessage } from './messages/policy-event.ts';
import { storedPolicyFromMessage, validationFromMessage, versionFromMessage } from './messages/policy.ts';
import { statsFromMessage } from './messages/stats.ts';
import { statusFromMessage } from './messages/status.ts';
import { tracePartFromMessage, traceRequestToMessage } from './messages/trace.ts';
import { specToMessage, volumeFromMessage } from './messages/volume.ts';
import { METHODS, type Method } from './methods.ts';
import { wire32 } from './numbers.ts';
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
          resolve(readable(method, read, response as Response));
        } catch (unreadable) {
          reject(unreadable as ControlError);
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

  /** The same for a method with many answers, which has no deadline: it ends with `signal`, or when the daemon ends it. */
  async function* stream<Request, Response, Result>(
    method: Method<Request, Response>,
    request: Request,
    read: (response: Response) => Result,
    signal: AbortSignal,
  ): AsyncGenerator<Result> {
    if (signal.aborted) return;
    const answers = client.makeServerStreamRequest(
      method.path,
      method.encodeRequest,
      method.decodeResponse,
      request,
    );
    const cancel = (): void => answers.cancel();
    signal.addEventListener('abort', cancel);
    try {
      for await (const answer of answers) yield readable(method, read, answer as Response);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ControlError ? error : errorOfStatus(error as ServiceError, socketPath);
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  return {
    status: () => call(METHODS.getStatus, {}, statusFromMessage),
    listVolumes: () => call(METHODS.listVolumes, {}, ({ volumes }) => (volumes ?? []).map(volumeFromMessage)),
    addVolume: async (spec) =>
      call(METHODS.addVolume, encodable(specToMessage, spec), ({ volume }) =>
        volumeFromMessage(present('volume', volume)),
      ),
    removeVolume: (name, force) => call(METHODS.removeVolume, { name, force }, () => undefined),
    getPolicy: async (volume, version = 0) =>
      call(METHODS.getPolicy, { volume, version: encodable(wireVersion, version) }, ({ policy }) =>
        storedPolicyFromMessage(present('policy', policy)),
      ),
    validatePolicy: (text, fileName, options = {}) =>
      call(METHODS.validatePolicy, { text, fileName, ...options }, validationFromMessage),
    applyPolicy: async (volume, text, fileName, options = {}) =>
      call(
        METHODS.applyPolicy,
        { volume, text, fileName, ...encodable(optionFields, options) },
        appliedFromMessage,
      ),
    rollbackPolicy: async (volume, version, options = {}) =>
      call(
        METHODS.rollbackPolicy,
        { volume, version: encodable(wireVersion, version), ...encodable(optionFields, options) },
        appliedFromMessage,
      ),
    listPolicyVersions: (volume) =>
      call(METHODS.listPolicyVersions, { volume }, ({ versions }) =>
        (versions ?? []).map(versionFromMessage),
      ),
    diffPolicies: async (volume, from, to) =>
      call(
        METHODS.diffPolicies,
        { volume, fromVersion: encodable(wireVersion, from), toVersion: encodable(wireVersion, to) },
        differenceFromMessage,
      ),
    watchPolicy: (volume, afterVersion, signal) =>
      stream(
        METHODS.watchPolicy,
        { volume, ...(afterVersion === undefined ? {} : { afterVersion }) },
        policyEventFromMessage,
        signal,
      ),
    recordTrace: (request, signal) =>
      stream(METHODS.recordTrace, encodable(traceRequestToMessage, request), tracePartFromMessage, signal),
    explain: async (request) =>
      call(METHODS.explain, encodable(explainRequestToMessage, request), explanationFromMessage),
    stats: (volume) =>
      call(METHODS.getStats, { volume }, ({ volumes }) => (volumes ?? []).map(statsFromMessage)),
    close: () => client.close(),
  };
}

/** @throws ControlError `internal` for an answer that makes no sense here. */
function readable<Request, Response, Result>(
  { path }: Method<Request, Response>,
  read: (response: Response) => Result,
  response: Response,
): Result {
  try {
    return read(response);
  } catch (error) {
    throw new ControlError(
      'internal',
      `the daemon's answer to ${path} cannot be read: ${(error as Error).message}`,
    );
  }
}

function wireVersion(version: number): number {
  return wire32('version', version);
}

function optionFields(options: ApplyOptions): ApplyOptions {
  const { expectedVersion } = options;
  return expectedVersion === undefined
    ? options
    : { ...options, expectedVersion: wire32('expected_version', expectedVersion) };
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
