import { volumeToMessage } from '../messages/volume.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const listVolumes = unary(METHODS.listVolumes, async (backend) => {
  const volumes = await backend.listVolumes();
  return { volumes: volumes.map(volumeToMessage) };
});
