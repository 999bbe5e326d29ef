import {
  absolutePathField,
  newNameField,
  policyField,
  storageField,
  timeoutField,
  workersField,
} from '../fields.ts';
import { DEFAULT_TIMEOUT_SECONDS } from '../limits.ts';
import { volumeToMessage } from '../messages/volume.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const addVolume = unary(METHODS.addVolume, async (backend, request) => {
  const volume = await backend.addVolume({
    name: newNameField('name', request.name),
    source: absolutePathField('source', request.source),
    mountPoint: absolutePathField('mount_point', request.mountPoint),
    policy: policyField('policy', request.policy),
    timeoutSeconds: timeoutField('timeout_seconds', request.timeoutSeconds, DEFAULT_TIMEOUT_SECONDS),
    workers: workersField('workers', request.workers),
    storage: storageField('storage', request.storage),
  });
  return { volume: volumeToMessage(volume) };
});
