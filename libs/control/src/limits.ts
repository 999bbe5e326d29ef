/** What the API accepts at most. Stated in docs/control-api.md; a field beyond its limit is INVALID_ARGUMENT. */
export const LIMITS = {
  /** Of one message, either way; more is RESOURCE_EXHAUSTED. */
  messageBytes: 4 * 1024 * 1024,
  /** PATH_MAX, linux/limits.h. */
  pathBytes: 4096,
  nameBytes: 64,
  policyBytes: 1024 * 1024,
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
