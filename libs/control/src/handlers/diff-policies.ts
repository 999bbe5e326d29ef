import { nameField } from '../fields.ts';
import { differenceToMessage } from '../messages/policy-difference.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const diffPolicies = unary(METHODS.diffPolicies, async (backend, request) => {
  const volume = nameField('volume', request.volume);
  const { fromVersion, toVersion } = request;
  return differenceToMessage(await backend.diffPolicies(volume, fromVersion ?? 0, toVersion ?? 0));
});
