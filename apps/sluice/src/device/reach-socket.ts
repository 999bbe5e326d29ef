/** Where the daemon's control socket is: on this machine, or on a device that adb reaches. */
import { chooseSocket } from '../daemon-socket.ts';
import { CommandFailure } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { adbPathOf } from './adb-path.ts';

export interface Reached {
  path: string;
  close(): Promise<void>;
}

/** @throws CommandFailure for a context that is none; DeviceFailure if the device is not to be reached. */
export async function reachSocket(
  { socket, context }: { socket?: string; context?: string },
  terminal: Terminal,
): Promise<Reached> {
  if (context === undefined)
    return { path: chooseSocket(socket, terminal).path, close: () => Promise.resolve() };
  if (socket !== undefined) throw new CommandFailure('give either --socket or --context, not both');
  const [, serial] = /^adb:(\S*)$/.exec(context) ?? [];
  if (serial === undefined)
    throw new CommandFailure(`${context} is no context: give adb:SERIAL, or adb: for the only device`);
  const {
    adbProgram,
    chooseDevices,
    listDevices,
    openControlTunnel,
    openRootShell,
    requireDeployed,
    requireUsable,
  } = await import('@sluice/device');
  const adb = adbProgram(adbPathOf(undefined, terminal), terminal.env);
  const listed = await listDevices(adb);
  const [chosen = ''] = chooseDevices(listed, serial === '' ? [] : [serial], false);
  requireUsable(listed, chosen);
  const root = await openRootShell(adb, chosen);
  await requireDeployed(root);
  const tunnel = await openControlTunnel(root);
  return { path: tunnel.socket, close: () => tunnel.close() };
}
