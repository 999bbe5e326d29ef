export { array, bytes, i32, i64, struct, structFields, u16, u32, u64 } from './struct.ts';
export type { Kind, Layout, StructField } from './struct.ts';
export * from './protocol.ts';
export * from './ioctls.ts';
export * from './structs/index.ts';
export * from './flags/index.ts';
export * from './opcodes.ts';
export { checkRequest } from './decode.ts';
