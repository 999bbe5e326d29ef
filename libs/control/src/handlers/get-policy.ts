import { nameField } from '../fields.ts';
import { storedPolicyToMessage } from '../messages/policy.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const getPolicy = unary(METHODS.getPolicy, async (backend, request) => {
  const policy = await backend.getPolicy(nameField('volume', request.volume), request.version ?? 0);
  return { policy: storedPolicyToMessage(policy) };
});
