import { ControlError } from '../backend.ts';
import { nameField } from '../fields.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const removeVolume = unary(METHODS.removeVolume, async (backend, request) => {
  const name = nameField('name', request.name);
  // Elsewhere an empty name means the only volume there is; an unmount should be asked for by name.
  if (name === '') throw new ControlError('invalid_argument', 'name: the name of a volume is needed');
  await backend.removeVolume(name, request.force ?? false);
  return {};
});
