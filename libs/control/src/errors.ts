import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { ControlError, type ControlErrorCode, type PolicyDiagnostic } from './backend.ts';
import { sluice } from './generated/messages.js';
import { LIMITS } from './limits.ts';
import { diagnosticFromMessage, diagnosticToMessage } from './messages/policy.ts';

/**
 * A ControlError crosses the wire as a gRPC status and, in the trailer `grpc-status-details-bin`, an ErrorStatus
 * with the policy's diagnostics as a typed detail. The trailer is there on every error the daemon itself gives, so
 * its absence tells the client that the error was made on the way.
 */

const DETAILS_KEY = 'grpc-status-details-bin';
const POLICY_REJECTED = 'type.googleapis.com/sluice.v1.PolicyRejected';

const CODE_TO_STATUS: Readonly<Record<ControlErrorCode, status>> = {
  invalid_argument: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  failed_precondition: status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

/** No daemon answered on the socket: it does not run, may not be spoken to, or went away during the call. */
export class DaemonUnreachable extends ControlError {
  readonly socketPath: string;
  constructor(socketPath: string, message: string) {
    super('unavailable', message);
    this.name = 'DaemonUnreachable';
    this.socketPath = socketPath;
  }
}

export interface StatusReply {
  code: status;
  details: string;
  metadata: Metadata;
}

export function statusOfError(error: ControlError): StatusReply {
  const code = CODE_TO_STATUS[error.code];
  const message = bounded(error.message);
  const details = error.diagnostics.length === 0 ? [] : [policyRejected(error.diagnostics)];
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(sluice.v1.ErrorStatus.encode({ code, message, details }).finish()));
  return { code, details: message, metadata };
}

function policyRejected(diagnostics: readonly PolicyDiagnostic[]) {
  const kept: sluice.v1.PolicyDiagnostic.$Properties[] = [];
  let bytes = 0;
  for (const diagnostic of diagnostics) {
    const message = diagnosticToMessage(diagnostic);
    bytes += sluice.v1.PolicyDiagnostic.encode(message).finish().length + 4;
    if (bytes > LIMITS.errorDetailBytes) break;
    kept.push(message);
  }
  const omitted = diagnostics.length - kept.length;
  const value = sluice.v1.PolicyRejected.encode({ diagnostics: kept, omitted }).finish();
  return { type_url: POLICY_REJECTED, value };
}

function bounded(message: string): string {
  const limit = LIMITS.errorMessageCharacters;
  return message.length <= limit ? message : `${message.slice(0, limit - 1)}…`;
}

/** The error that a call ended with, as the backend interface has it. */
export function errorOfStatus(error: ServiceError, socketPath: string): ControlError {
  const trailer = error.metadata.get(DETAILS_KEY)[0];
  if (trailer === undefined || typeof trailer === 'string') return errorOnTheWay(error, socketPath);
  const { diagnostics, omitted } = rejectionIn(trailer);
  const more = omitted === 0 ? '' : ` (${omitted} further diagnostics left out)`;
  return new ControlError(codeOf(error.code), error.details + more, diagnostics);
}

function errorOnTheWay(error: ServiceError, socketPath: string): ControlError {
  switch (error.code) {
    case status.UNAVAILABLE:
      return new DaemonUnreachable(socketPath, unreachable(error.details, socketPath));
    case status.DEADLINE_EXCEEDED:
      return new DaemonUnreachable(socketPath, `the daemon on ${socketPath} did not answer in time`);
    case status.RESOURCE_EXHAUSTED:
      return new ControlError('invalid_argument', error.details);
    case status.UNIMPLEMENTED:
      return new ControlError('failed_precondition', `the daemon does not know this call: ${error.details}`);
    default:
      return new ControlError(codeOf(error.code), error.details);
  }
}

function unreachable(details: string, socketPath: string): string {
  if (details.includes('ENOENT')) return `there is no socket ${socketPath}`;
  if (details.includes('ECONNREFUSED')) return `no daemon listens on ${socketPath}`;
  if (details.includes('EACCES')) return `the socket ${socketPath} may not be opened by this user`;
  return `no answer from a daemon on ${socketPath}: ${details}`;
}

function codeOf(code: status): ControlErrorCode {
  const codes = Object.keys(CODE_TO_STATUS) as ControlErrorCode[];
  return codes.find((name) => CODE_TO_STATUS[name] === code) ?? 'internal';
}

function rejectionIn(trailer: Uint8Array): { diagnostics: PolicyDiagnostic[]; omitted: number } {
  try {
    const { details } = sluice.v1.ErrorStatus.decode(trailer);
    const detail = details?.find(({ type_url }) => type_url === POLICY_REJECTED);
    const rejected = sluice.v1.PolicyRejected.decode(detail?.value ?? new Uint8Array());
    const diagnostics = (rejected.diagnostics ?? []).map(diagnosticFromMessage);
    return { diagnostics, omitted: rejected.omitted };
  } catch {
    // The status itself still says what failed; a detail that cannot be read must not hide it.
    return { diagnostics: [], omitted: 0 };
  }
}
