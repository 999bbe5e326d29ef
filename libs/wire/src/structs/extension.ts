/**
 * Extension blocks at the end of a create request. They follow the names without padding, so they start at any byte:
 * read them byte by byte. Each block's size is a multiple of 8.
 */
import { array, struct, u32 } from '../struct.ts';

/** `size` includes this header; `type` up to MAX_NR_SECCTX means the block is a `SECCTX_HEADER` (7.38). */
export const EXT_HEADER = struct({ size: u32, type: u32 });
/** `size` is of the whole block (7.36). Followed by `nr_secctx` of `SECCTX`. */
export const SECCTX_HEADER = struct({ size: u32, nr_secctx: u32 });
/** Followed by the attribute's name with its NUL and `size` bytes of context. */
export const SECCTX = struct({ size: u32, padding: u32 });
/** Follows an `EXT_HEADER` of type EXT_GROUPS (7.38). */
export const SUPP_GROUPS = struct({ nr_groups: u32, groups: array(u32, 0) });
