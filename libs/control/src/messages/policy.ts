import type { PolicyDiagnostic, PolicyValidation, PolicyVersion, StoredPolicy } from '../backend.ts';
import { sluice } from '../generated/messages.js';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';
import { callerFromMessage, callerToMessage } from './caller.ts';

type DiagnosticMessage = sluice.v1.PolicyDiagnostic.$Properties;
type StoredPolicyMessage = sluice.v1.StoredPolicy.$Properties;
type VersionMessage = sluice.v1.PolicyVersion.$Properties;

const Severity = sluice.v1.Severity;

export function diagnosticToMessage(diagnostic: PolicyDiagnostic): DiagnosticMessage {
  return {
    severity: diagnostic.severity === 'error' ? Severity.SEVERITY_ERROR : Severity.SEVERITY_WARNING,
    file: diagnostic.file,
    line: wire32('line', diagnostic.line),
    column: wire32('column', diagnostic.column),
    message: diagnostic.message,
  };
}

/** A severity that is not known here counts as an error, the safe reading. */
export function diagnosticFromMessage(message: DiagnosticMessage): PolicyDiagnostic {
  return {
    severity: message.severity === Severity.SEVERITY_WARNING ? 'warning' : 'error',
    file: message.file ?? '',
    line: message.line ?? 0,
    column: message.column ?? 0,
    message: message.message ?? '',
  };
}

export function storedPolicyToMessage(policy: StoredPolicy): StoredPolicyMessage {
  return {
    volume: policy.volume,
    name: policy.name,
    version: wire32('version', policy.version),
    appliedAtMs: wire64('applied_at_ms', policy.appliedAtMs),
    text: policy.text,
    warnings: policy.warnings.map(diagnosticToMessage),
    openFilesUnderOlderPolicy: wire64('open_files_under_older_policy', policy.openFilesUnderOlderPolicy),
    appliedBy: callerToMessage(policy.appliedBy),
    why: policy.why,
    digest: policy.digest,
    rollbackOf: wire32('rollback_of', policy.rollbackOf),
  };
}

export function storedPolicyFromMessage(message: StoredPolicyMessage): StoredPolicy {
  return {
    volume: message.volume ?? '',
    name: message.name ?? '',
    version: message.version ?? 0,
    appliedAtMs: numberFromWire('applied_at_ms', message.appliedAtMs),
    text: message.text ?? '',
    warnings: (message.warnings ?? []).map(diagnosticFromMessage),
    openFilesUnderOlderPolicy: numberFromWire(
      'open_files_under_older_policy',
      message.openFilesUnderOlderPolicy,
    ),
    appliedBy: callerFromMessage(message.appliedBy),
    why: message.why ?? '',
    digest: message.digest ?? '',
    rollbackOf: message.rollbackOf ?? 0,
  };
}

export function versionToMessage(version: PolicyVersion): VersionMessage {
  return {
    version: wire32('version', version.version),
    name: version.name,
    appliedAtMs: wire64('applied_at_ms', version.appliedAtMs),
    appliedBy: callerToMessage(version.appliedBy),
    why: version.why,
    digest: version.digest,
    rollbackOf: wire32('rollback_of', version.rollbackOf),
    inForce: version.inForce,
  };
}

export function versionFromMessage(message: VersionMessage): PolicyVersion {
  return {
    version: message.version ?? 0,
    name: message.name ?? '',
    appliedAtMs: numberFromWire('applied_at_ms', message.appliedAtMs),
    appliedBy: callerFromMessage(message.appliedBy),
    why: message.why ?? '',
    digest: message.digest ?? '',
    rollbackOf: message.rollbackOf ?? 0,
    inForce: message.inForce ?? false,
  };
}

export function validationToMessage(
  validation: PolicyValidation,
): sluice.v1.ValidatePolicyResponse.$Properties {
  return {
    diagnostics: validation.diagnostics.map(diagnosticToMessage),
    expectationsPassed: wire32('expectations_passed', validation.expectationsPassed),
    expectationsFailed: validation.expectationsFailed.map(diagnosticToMessage),
  };
}

export function validationFromMessage(
  message: sluice.v1.ValidatePolicyResponse.$Properties,
): PolicyValidation {
  return {
    diagnostics: (message.diagnostics ?? []).map(diagnosticFromMessage),
    expectationsPassed: message.expectationsPassed ?? 0,
    expectationsFailed: (message.expectationsFailed ?? []).map(diagnosticFromMessage),
  };
}
