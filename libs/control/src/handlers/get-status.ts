import { statusToMessage } from '../messages/status.ts';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

export const getStatus = unary(METHODS.getStatus, async (backend) => statusToMessage(await backend.status()));
