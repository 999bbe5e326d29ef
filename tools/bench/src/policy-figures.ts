/** What one child process measures of one policy. */
export interface PolicyFigures {
  readonly compileMs: number;
  /** Of all threads: less than the time passed where others have the cores, more where the engine's helpers work along. */
  readonly compileCpuMs: number;
  /** Peak of resident memory while compiling above what was resident before. */
  readonly compileMiB: number;
  readonly imageMiB: number;
  /** Per decision. */
  readonly nanoseconds: number;
  /** Parsing and compiling, once more in a warm process. */
  readonly loadMs: number;
}
