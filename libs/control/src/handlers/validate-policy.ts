import { fileNameField, policyField } from '../fields.ts';
import { diagnosticToMessage } from '../messages/policy.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const validatePolicy = unary(METHODS.validatePolicy, async (backend, request) => {
  const text = policyField('text', request.text);
  const diagnostics = await backend.validatePolicy(text, fileNameField('file_name', request.fileName));
  return { diagnostics: diagnostics.map(diagnosticToMessage) };
});
