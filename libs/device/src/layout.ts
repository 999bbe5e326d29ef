/** What lies where on a device: docs/guides/device-layout.md. */
export const BASE = '/data/adb/sluice';
export const MODULE = '/data/adb/modules/sluice';
/** Parent of the mount points of our own. Closed to apps: what they shall see is bound where they look. */
export const MOUNTS = '/mnt/sluice';

export const PLACES = {
  versions: `${BASE}/versions`,
  runtime: `${BASE}/runtime`,
  current: `${BASE}/current`,
  previous: `${BASE}/previous`,
  config: `${BASE}/config.yaml`,
  policies: `${BASE}/policies`,
  state: `${BASE}/state`,
  socket: `${BASE}/run/control.sock`,
  log: `${BASE}/log`,
  /** A change of version that is under way: its journal, its result. */
  change: `${BASE}/change`,
  /** What is bound where apps look, a line each: the volume's mount point, the place. */
  exposed: `${BASE}/exposed`,
  /** Directories that were made in shared storage for it, a line each. */
  exposedMade: `${BASE}/exposed.made`,
  failedStarts: `${BASE}/module/failed-starts`,
  disabled: `${BASE}/module/disabled`,
} as const;

/** An id names a directory, so nothing else may be in it. */
export const VERSION_ID = /^[0-9A-Za-z][0-9A-Za-z.+]{0,31}-[0-9a-f]{12}$/;
export const RUNTIME_ID = /^[0-9a-f]{12}$/;
