import { ControlError } from '../backend.ts';
import { grpc } from '../generated/messages.js';
import { METHODS } from '../methods.ts';
import { unary } from './unary.ts';

const { ServingStatus } = grpc.health.v1.HealthCheckResponse;

const SERVICES = new Set(Object.values(METHODS).map(({ path }) => path.split('/')[1]));

/** A daemon that can answer serves: volumes have states of their own. */
export const checkHealth = unary(METHODS.checkHealth, async (_backend, { service }) => {
  if (service && !SERVICES.has(service)) {
    throw new ControlError('not_found', `service: ${JSON.stringify(service)} is not served here`);
  }
  return { status: ServingStatus.SERVING };
});
