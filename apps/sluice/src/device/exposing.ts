import type { VolumeStatus } from '@sluice/control';
import type { RootShell } from '@sluice/device';
import { CommandFailure } from '../exit-codes.ts';

export interface ExposeOptions {
  expose?: string;
  replaceDataMedia?: boolean;
  volume?: string;
}

/** A boot may take a while until the owner unlocks the screen. */
const STORAGE_WITHIN_MS = 120_000;

/** The places; none if none was asked for. @throws CommandFailure, DeviceFailure `not-exposed`. */
export async function exposeForApps(
  root: RootShell,
  { expose: path, replaceDataMedia = false, volume }: ExposeOptions,
  volumes: readonly VolumeStatus[],
): Promise<string[]> {
  if (path === undefined && !replaceDataMedia) return [];
  if (path !== undefined && replaceDataMedia)
    throw new CommandFailure('give either a place, or --replace-data-media, not both');
  const named = volumes.filter(({ name }) => volume === undefined || name === volume);
  const [only, ...others] = named;
  if (only === undefined || others.length > 0)
    throw new CommandFailure(
      `name one of the volumes with --volume: ${volumes.map(({ name }) => name).join(', ')}`,
    );
  if (replaceDataMedia && !/^\/data\/media\/0\/?$/.test(only.source))
    throw new CommandFailure(
      `${only.name} serves ${only.source}: only a volume of /data/media/0 can take its place`,
    );
  const { expose, waitForStorage } = await import('@sluice/device');
  await waitForStorage(root, STORAGE_WITHIN_MS);
  return expose(root, {
    mountPoint: only.mountPoint,
    source: only.source,
    user: 0,
    path: (path ?? '').replace(/^\/+|\/+$/g, ''),
  });
}
