/** Mapping files into a virtiofs DAX window (7.31). */
import { struct, u32, u64 } from '../struct.ts';

export const SETUPMAPPING_IN = struct({ fh: u64, foffset: u64, len: u64, flags: u64, moffset: u64 });
/** Followed directly, at byte 4, by `count` of `REMOVEMAPPING_ONE`. */
export const REMOVEMAPPING_IN = struct({ count: u32 });
export const REMOVEMAPPING_ONE = struct({ moffset: u64, len: u64 });
