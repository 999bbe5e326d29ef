/** What one child process measures of one policy. */
export interface PolicyFigures {
  readonly compileMs: number;
  /** Of all threads: less than the time passed where others have the cores, more where the engine's helpers work along. */
  readonly compileCpuMs: number;
  /** Peak of resident memory while compiling above what was resident before. */
  readonly compileMiB: number;
  readonly imageMiB: number;
  /** Per decision, about many paths for all kinds of callers: the processor's caches hold less of a larger image. */
  readonly nanoseconds: number;
  /** Per decision, about as few paths for as few kinds of callers in each image. */
  readonly fewNanoseconds: number;
  /** Parsing and compiling, once more in a warm process. */
  readonly loadMs: number;
}
