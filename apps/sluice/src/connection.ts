/** All that this program takes of gRPC, in one place that is loaded only by commands that call the daemon. */
export { connectControl } from '@sluice/control';
