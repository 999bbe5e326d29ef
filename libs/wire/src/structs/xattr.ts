/** Extended attributes. */
import { struct, u32 } from '../struct.ts';

/** Followed by the name with its NUL and `size` bytes of value. Without SETXATTR_EXT only the first 8 bytes are sent. */
export const SETXATTR_IN = struct({ size: u32, flags: u32, setxattr_flags: u32, padding: u32 });

/** Bytes of `SETXATTR_IN` in a session that did not negotiate SETXATTR_EXT. */
export const SETXATTR_IN_COMPAT_SIZE = 8;

/** Of GETXATTR and LISTXATTR. `size` 0 asks for the size needed, answered by `GETXATTR_OUT`. */
export const GETXATTR_IN = struct({ size: u32, padding: u32 });
export const GETXATTR_OUT = struct({ size: u32, padding: u32 });
