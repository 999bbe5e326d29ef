import { explainRequestFromMessage, explanationToMessage } from '../messages/explanation.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const explain = unary(METHODS.explain, async (backend, request) =>
  explanationToMessage(await backend.explain(explainRequestFromMessage(request))),
);
