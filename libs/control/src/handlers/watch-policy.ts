import { nameField } from '../fields.ts';
import { policyEventToMessage } from '../messages/policy-event.ts';
import { METHODS } from '../methods.ts';
import { stream } from './stream.ts';

export const watchPolicy = stream(METHODS.watchPolicy, async function* (backend, request, signal) {
  const volume = nameField('volume', request.volume);
  const events = backend.watchPolicy(volume, request.afterVersion ?? undefined, signal);
  for await (const event of events) yield policyEventToMessage(event);
});
