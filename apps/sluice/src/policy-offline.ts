/** Policies without a daemon: compiled, tested and decided by in this process. Loaded only by commands that need it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parsePackagesList } from '@sluice/android';
import type { PolicyDiagnostic } from '@sluice/control';
import { PRESETS, PolicyImage, loadPolicy, testExpectations } from '@sluice/policy';
import type { CompileContext, Policy } from '@sluice/policy';
import { CommandFailure } from './exit-codes.ts';
import { policyFromFileOrPreset } from './policy-source.ts';

export interface OfflineOptions {
  foldNames: boolean;
  /** A packages.list. */
  packages?: string;
}

export interface OfflinePolicy {
  name: string;
  policy: Policy;
  image: PolicyImage;
}

export function testPolicy(text: string, file: string, options: OfflineOptions, cwd: string) {
  const context = contextOf(options, cwd);
  const { policy, image, diagnostics } = loadPolicy(text, context);
  const located = diagnostics.map((each): PolicyDiagnostic => ({ ...each, file }));
  if (policy === undefined || image === undefined)
    return { file, passed: 0, failed: [], diagnostics: located };
  const { passed, failed } = testExpectations(policy, context);
  const problems = failed.map(({ line, column, message }): PolicyDiagnostic => ({
    severity: 'error',
    file,
    line,
    column,
    message,
  }));
  return { file, passed, failed: problems, diagnostics: located };
}

/** @throws CommandFailure with the first problem of a policy that is broken. */
export function compileOffline(given: string, options: OfflineOptions, cwd: string): OfflinePolicy {
  const { text, fileName } = policyFromFileOrPreset(given, cwd);
  const isPreset = fileName.startsWith('preset:') && Object.hasOwn(PRESETS, text);
  const source = isPreset ? PRESETS[text as keyof typeof PRESETS] : text;
  const { policy, image, diagnostics } = loadPolicy(source, contextOf(options, cwd));
  if (policy === undefined || image === undefined) {
    const first = diagnostics.find(({ severity }) => severity === 'error');
    throw new CommandFailure(
      `${fileName}:${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'broken'}`,
    );
  }
  // An image begins at a multiple of 4 in its buffer.
  const { buffer } = new Uint8Array(image);
  return { name: given, policy, image: new PolicyImage(buffer, 0) };
}

function contextOf({ foldNames, packages }: OfflineOptions, cwd: string): CompileContext {
  if (packages === undefined) return { foldNames };
  try {
    return { foldNames, packages: parsePackagesList(readFileSync(resolve(cwd, packages))).appIds };
  } catch (error) {
    throw new CommandFailure(`cannot read ${packages}: ${(error as Error).message}`);
  }
}
