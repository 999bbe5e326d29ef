/** How a volume's worker divides its scratch space: byte offsets from the request's `scratchAt`. */
export const SCRATCH = {
  /** Arguments of the dialect's ioctls. */
  ioctl: 0,
  /** LOWER_STAT records. */
  stat: 64,
  otherStat: 192,
  /** struct file_handle with 128 bytes of handle. */
  handle: 320,
  /** Two struct timespec. */
  times: 512,
  /** u64 operands. */
  operand: 576,
  /** Arguments of ioctls on lower files, up to 64 bytes. */
  ioctlArgument: 640,
  /** Two blocks of capget(2). */
  capabilities: 704,
  /** struct flock. */
  lock: 768,
  /** getdents64 output. */
  dirents: 32 * 1024,
  direntsBytes: 32 * 1024,
} as const;

export const HANDLE_SCRATCH_CAPACITY = 128;
