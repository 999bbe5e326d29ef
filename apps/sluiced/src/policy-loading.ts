/** From a policy's text, or a preset's name, to an image in the form that workers decide by. */
import { ControlError } from '@sluice/control';
import type { PolicyDiagnostic } from '@sluice/control';
import { PRESETS, loadPolicy } from '@sluice/policy';

export interface LoadedPolicy {
  name: string;
  text: string;
  image: Uint8Array;
  warnings: PolicyDiagnostic[];
}

/** Resolves a preset's bare name to its text; any other text stays what it is. */
export function resolvePreset(textOrPreset: string, fileName: string): { text: string; name: string } {
  const preset = textOrPreset.trim();
  if (Object.hasOwn(PRESETS, preset)) {
    return { text: PRESETS[preset as keyof typeof PRESETS], name: preset };
  }
  return { text: textOrPreset, name: fileName };
}

/** Problems of a policy, the file named in each. */
export function diagnose(textOrPreset: string, fileName: string): PolicyDiagnostic[] {
  const { text, name } = resolvePreset(textOrPreset, fileName);
  return loadPolicy(text).diagnostics.map((diagnostic) => ({ ...diagnostic, file: name }));
}

/** Throws a {@link ControlError} with diagnostics if the policy is broken. */
export function compile(textOrPreset: string, fileName: string): LoadedPolicy {
  const { text, name } = resolvePreset(textOrPreset, fileName);
  const { image, diagnostics } = loadPolicy(text);
  const located = diagnostics.map((diagnostic) => ({ ...diagnostic, file: name }));
  if (image === undefined) {
    const first = located.find(({ severity }) => severity === 'error');
    const where =
      first === undefined ? name : `${first.file}:${first.line}:${first.column}: ${first.message}`;
    throw new ControlError('invalid_argument', `the policy is refused: ${where}`, located);
  }
  return { name, text, image, warnings: located };
}
