/** The daemon's configuration as deployment writes it: one volume. A file that people have edited is left alone. */
import { DeviceFailure } from './failure.ts';
import { MOUNTS } from './layout.ts';

export interface VolumeWish {
  /** `[a-z0-9][a-z0-9-]{0,31}`. */
  name: string;
  source: string;
  mount: string;
  ownership: 'preserve' | 'android';
}

export const DEFAULT_VOLUME: VolumeWish = {
  name: 'media',
  source: '/data/media/0',
  mount: `${MOUNTS}/media`,
  ownership: 'android',
};

/** What was named, the rest as usual. @throws DeviceFailure for what cannot be a volume. */
export function volumeWish(given: Partial<VolumeWish>): VolumeWish {
  const name = given.name ?? DEFAULT_VOLUME.name;
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))
    throw wrong(`${JSON.stringify(name)} is no name for a volume: a-z, 0-9 and -, at most 32`);
  const wish: VolumeWish = {
    name,
    source: given.source ?? DEFAULT_VOLUME.source,
    mount: given.mount ?? `${MOUNTS}/${name}`,
    ownership: given.ownership ?? DEFAULT_VOLUME.ownership,
  };
  for (const path of [wish.source, wish.mount]) checkDevicePath(path);
  if (wish.mount === wish.source || wish.mount.startsWith(`${wish.source}/`))
    throw wrong(`the mount point ${wish.mount} must lie outside of the source ${wish.source}`);
  return wish;
}

/** @throws DeviceFailure unless it is absolute, plain, and can stand in a mount table and a line of a script's input. */
export function checkDevicePath(path: string): void {
  const parts = path.split('/').slice(1);
  if (!path.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw wrong(`${JSON.stringify(path)} is no absolute path without "." and ".."`);
  if (/[\u0000-\u0020\u007f"'\\#]/.test(path))
    throw wrong(
      `${JSON.stringify(path)} has blanks, quotes, backslashes or "#", which mount points cannot have here`,
    );
  if (Buffer.byteLength(path) > 1024) throw wrong(`a path of ${Buffer.byteLength(path)} bytes; at most 1024`);
}

/** `policyFile`: where the policy lies on the device, or a preset's name; without it, the one that was in force last. */
export function configText({ name, source, mount, ownership }: VolumeWish, policyFile?: string): string {
  const lines = [
    '# Written by "sluice device deploy". docs/guides/configuration.md says what else may stand here.',
    'volumes:',
    `  - name: ${name}`,
    `    source: ${JSON.stringify(source)}`,
    `    mount: ${JSON.stringify(mount)}`,
    `    ownership: ${ownership}`,
    ...(policyFile === undefined ? [] : [`    policy: ${JSON.stringify(policyFile)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function wrong(what: string): DeviceFailure {
  return new DeviceFailure('bad-device-state', what);
}
