export * from './backend.ts';
export { connectControl } from './client.ts';
export type { ClientOptions, ControlClient } from './client.ts';
export { DaemonUnreachable } from './errors.ts';
export { DEFAULT_TIMEOUT_SECONDS, LIMITS } from './limits.ts';
export { startControlServer } from './server.ts';
export type { ControlServer, ControlServerOptions } from './server.ts';
export type { ControlLog } from './handlers/handler.ts';
