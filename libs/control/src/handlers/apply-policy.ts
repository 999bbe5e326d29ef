import { fileNameField, nameField, policyField, whyField } from '../fields.ts';
import { appliedToMessage } from '../messages/policy-change.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const applyPolicy = unary(METHODS.applyPolicy, async (backend, request, caller) => {
  const volume = nameField('volume', request.volume);
  const text = policyField('text', request.text);
  const fileName = fileNameField('file_name', request.fileName);
  return appliedToMessage(await backend.applyPolicy(volume, text, fileName, applyOptions(request), caller));
});

interface OptionFields {
  why?: string | null;
  dryRun?: boolean | null;
  expectedVersion?: number | null;
}

/** What ApplyPolicy and RollbackPolicy have in common. */
export function applyOptions({ why, dryRun, expectedVersion }: OptionFields) {
  return {
    why: whyField('why', why),
    dryRun: dryRun ?? false,
    ...(expectedVersion === null || expectedVersion === undefined ? {} : { expectedVersion }),
  };
}
