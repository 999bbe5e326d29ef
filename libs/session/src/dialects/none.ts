/** Kernels without passthrough, and volumes for which the trial failed: everything is served by the daemon. */
import { ERRNO } from '@sluice/sys';
import type { Dialect } from './dialect.ts';

export const none: Dialect = {
  name: 'none',
  accepts: () => ({ flags: 0, flags2: 0 }),
  otherwise: undefined,
  maxStackDepth: 0,
  openFlags: 0,
  owner: 'inode',
  usesDescriptor: false,
  splitsDirect: false,
  mixesModes: false,
  mapsLowerFile: true,
  keepsTimes: true,
  register: () => -ERRNO.EOPNOTSUPP,
  unregister: () => -ERRNO.EOPNOTSUPP,
};
