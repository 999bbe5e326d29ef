import { nameField } from '../fields.ts';
import { appliedToMessage } from '../messages/policy-change.ts';
import { METHODS } from '../methods.ts';
import { applyOptions } from './apply-policy.ts';
import { unary } from './unary.ts';

export const rollbackPolicy = unary(METHODS.rollbackPolicy, async (backend, request, caller) => {
  const volume = nameField('volume', request.volume);
  const options = applyOptions(request);
  return appliedToMessage(await backend.rollbackPolicy(volume, request.version ?? 0, options, caller));
});
