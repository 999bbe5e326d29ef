/** The io_uring transport (7.42). */
import { bytes, struct, u16, u32, u64 } from '../struct.ts';

/** Bytes for the request or reply header, and for the argument of one opcode. */
export const URING_IN_OUT_HEADER_SZ = 128;
export const URING_OP_IN_OUT_SZ = 128;

export const URING_ENT_IN_OUT = struct({
  flags: u64,
  commit_id: u64,
  payload_sz: u32,
  padding: u32,
  reserved: u64,
});

export const URING_REQ_HEADER = struct({
  in_out: bytes(URING_IN_OUT_HEADER_SZ),
  op_in: bytes(URING_OP_IN_OUT_SZ),
  ring_ent_in_out: URING_ENT_IN_OUT,
});

/** In the command area of a 128-byte submission queue entry. */
export const URING_CMD_REQ = struct({ flags: u64, commit_id: u64, qid: u16, padding: bytes(6) });
