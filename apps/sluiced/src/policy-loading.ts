/** From a policy's text, or a preset's name, to an image in the form that workers decide by. */
import { ControlError } from '@sluice/control';
import type { PolicyDiagnostic } from '@sluice/control';
import {
  PRESETS,
  PolicyImage,
  loadPolicy,
  testExpectations,
  treeDirectories as treeDirectoriesOf,
} from '@sluice/policy';
import type { CompileContext, Policy } from '@sluice/policy';

export interface LoadedPolicy {
  name: string;
  text: string;
  image: Uint8Array;
  warnings: PolicyDiagnostic[];
  /** Some rule asks who calls. */
  asksCallers: boolean;
  /** What its `tree` rules name without wildcards. */
  treeDirectories: string[];
}

export interface ExpectationsRun {
  passed: number;
  failed: PolicyDiagnostic[];
}

/** Resolves a preset's bare name to its text; any other text stays what it is. */
export function resolvePreset(textOrPreset: string, fileName: string): { text: string; name: string } {
  const preset = textOrPreset.trim();
  if (Object.hasOwn(PRESETS, preset)) {
    return { text: PRESETS[preset as keyof typeof PRESETS], name: preset };
  }
  return { text: textOrPreset, name: fileName };
}

/** Problems of a policy, the file named in each, and what it is where it is whole. */
export function diagnose(
  textOrPreset: string,
  fileName: string,
  context: CompileContext,
): { name: string; policy: Policy | undefined; diagnostics: PolicyDiagnostic[] } {
  const { text, name } = resolvePreset(textOrPreset, fileName);
  const { policy, image, diagnostics } = loadPolicy(text, context);
  const located = diagnostics.map((diagnostic) => ({ ...diagnostic, file: name }));
  return { name, policy: image === undefined ? undefined : policy, diagnostics: located };
}

/** What a policy's own assertions say of it. */
export function runExpectations(policy: Policy, name: string, context: CompileContext): ExpectationsRun {
  const { passed, failed } = testExpectations(policy, context);
  return { passed, failed: failed.map((each) => ({ severity: 'error', file: name, ...each })) };
}

/** Throws a {@link ControlError} with diagnostics if the policy is broken. */
export function compile(textOrPreset: string, fileName: string, context: CompileContext): LoadedPolicy {
  const { text, name } = resolvePreset(textOrPreset, fileName);
  const { policy, image, diagnostics } = loadPolicy(text, context);
  const located = diagnostics.map((diagnostic) => ({ ...diagnostic, file: name }));
  if (policy === undefined || image === undefined) {
    const first = located.find(({ severity }) => severity === 'error');
    const where =
      first === undefined ? name : `${first.file}:${first.line}:${first.column}: ${first.message}`;
    throw new ControlError('invalid_argument', `the policy is refused: ${where}`, located);
  }
  const { classes } = new PolicyImage(image.buffer as ArrayBuffer, image.byteOffset);
  const treeDirectories = treeDirectoriesOf(policy);
  return { name, text, image, warnings: located, asksCallers: classes > 1, treeDirectories };
}
