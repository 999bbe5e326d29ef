import { nameField } from '../fields.ts';
import { statsToMessage } from '../messages/stats.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const getStats = unary(METHODS.getStats, async (backend, request) => {
  const volumes = await backend.stats(nameField('volume', request.volume));
  return { volumes: volumes.map(statsToMessage) };
});
