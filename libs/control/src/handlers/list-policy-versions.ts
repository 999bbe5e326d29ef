import { nameField } from '../fields.ts';
import { versionToMessage } from '../messages/policy.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const listPolicyVersions = unary(METHODS.listPolicyVersions, async (backend, request) => {
  const versions = await backend.listPolicyVersions(nameField('volume', request.volume));
  return { versions: versions.map(versionToMessage) };
});
