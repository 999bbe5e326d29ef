import { tracePartToMessage, traceRequestFromMessage } from '../messages/trace.ts';
import { METHODS } from '../methods.ts';
import { stream } from './stream.ts';

export const recordTrace = stream(METHODS.recordTrace, async function* (backend, request, signal) {
  const parts = backend.recordTrace(traceRequestFromMessage(request), signal);
  for await (const part of parts) yield tracePartToMessage(part);
});
