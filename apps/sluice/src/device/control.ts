/** Calls to the daemon of one device. */
import type { ControlClient, VolumeStatus } from '@sluice/control';
import type { RootShell } from '@sluice/device';

/** Under emulation a device takes seconds where a phone takes a tenth. */
const DEADLINE_MS = 60_000;

export async function withControl<T>(
  root: RootShell,
  use: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const [{ connectControl }, { openControlTunnel }] = await Promise.all([
    import('../connection.ts'),
    import('@sluice/device'),
  ]);
  const tunnel = await openControlTunnel(root);
  const client = connectControl(tunnel.socket, { deadlineMs: DEADLINE_MS });
  try {
    return await use(client);
  } finally {
    client.close();
    await tunnel.close();
  }
}

/** A line for each volume: where it is, and how far passthrough got. */
export function volumeLines(volumes: readonly VolumeStatus[]): string[] {
  return volumes.map(({ name, source, mountPoint, state, passthrough }) => {
    const { requested, negotiated, proven, dialect } = passthrough;
    const mark = (yes: boolean, word: string): string => `${word} ${yes ? 'yes' : 'no'}`;
    const steps = [mark(requested, 'requested'), mark(negotiated, 'negotiated'), mark(proven, 'proven')];
    return `${name} is ${state}: ${source} at ${mountPoint}; passthrough ${dialect} (${steps.join(', ')})`;
  });
}
