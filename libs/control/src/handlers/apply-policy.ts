import { fileNameField, nameField, policyField } from '../fields.ts';
import { storedPolicyToMessage } from '../messages/policy.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const applyPolicy = unary(METHODS.applyPolicy, async (backend, request) => {
  const volume = nameField('volume', request.volume);
  const text = policyField('text', request.text);
  const policy = await backend.applyPolicy(volume, text, fileNameField('file_name', request.fileName));
  return { policy: storedPolicyToMessage(policy) };
});
