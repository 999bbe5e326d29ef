/** What the API accepts at most. Stated in docs/control-api.md; a field beyond its limit is INVALID_ARGUMENT. */
export const LIMITS = {
  /** Of one message, either way; more is RESOURCE_EXHAUSTED. */
  messageBytes: 4 * 1024 * 1024,
  /** PATH_MAX, linux/limits.h. */
  pathBytes: 4096,
  nameBytes: 64,
  policyBytes: 1024 * 1024,
  /** Of `why` a policy is applied. */
  whyBytes: 1024,
  /** Versions of a volume's policy that are kept. */
  policyVersions: 100,
  /** Of a diff between two versions; beyond, it is cut at a line. */
  diffBytes: 1024 * 1024,
  /** Watchers of one volume's policy at a time, and how many events one may be behind. */
  watchers: 16,
  watcherEvents: 1000,
  packageBytes: 255,
  accesses: 4,
  trace: {
    events: { least: 1, most: 10_000_000, absent: 100_000 },
    /** Of events as JSON text. */
    bytes: { least: 1, most: 0xffff_ffff, absent: 64 * 1024 * 1024 },
    seconds: { least: 1, most: 86_400, absent: 60 },
    clearNames: 10_000,
    clearNameBytes: 255,
  },
  workers: 16,
  /** Of lower directories that a volume keeps open. */
  cachedDescriptors: { fewest: 16, most: 8192 },
  /** One year. */
  timeoutSeconds: 31_536_000,
  connections: 64,
  /** `sun_path` of unix(7) is 108 bytes with its NUL. */
  socketPathBytes: 107,
  /** Of the encoded diagnostics in an error's trailer: 8 KiB of headers, as base64, is what every client takes. */
  errorDetailBytes: 4096,
  /** Of an error's message, which travels in the same headers. */
  errorMessageCharacters: 500,
} as const;

/** Validity of entries and attributes when a new volume does not say: what libfuse takes too. */
export const DEFAULT_TIMEOUT_SECONDS = 1;
