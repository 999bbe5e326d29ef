/** Kernels without passthrough, and volumes for which the trial failed: everything is served by the daemon. */
import { ERRNO } from '@sluice/sys';
import type { Dialect } from './dialect.ts';

export const none: Dialect = {
  name: 'none',
  bits: { flags: 0, flags2: 0 },
  maxStackDepth: 0,
  openFlags: 0,
  register: () => -ERRNO.EOPNOTSUPP,
  unregister: () => -ERRNO.EOPNOTSUPP,
};
