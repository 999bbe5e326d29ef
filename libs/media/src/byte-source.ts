/** Bytes of a file, read synchronously. */
export interface ByteSource {
  /** Bytes, up to 2^53 - 1. */
  readonly size: number;
  /**
   * Reads up to `length` bytes at `offset` to the start of `into`.
   * @returns bytes read, which may be fewer; 0 at the end of the file; -errno on failure
   */
  read(offset: number, into: Uint8Array, length: number): number;
}
