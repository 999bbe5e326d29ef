/**
 * The opcodes without an operation, and why each is refused. The answer is ENOSYS, after which the kernel does without for
 * the life of the connection. Together with `index.ts` this is all of the protocol; docs/operations.md is made from both.
 */
import type { HandlerName } from '@sluice/wire';
import type { OPERATIONS } from './index.ts';

export const REFUSED: Readonly<Record<Exclude<HandlerName, keyof typeof OPERATIONS>, string>> = {
  access: 'the kernel checks permission itself (default_permissions, and ACLs)',
  bmap: "asked on block-device mounts only; the blocks are the lower file system's",
  poll: 'regular files and directories are always ready, which is what the kernel assumes',
  notifyReply: 'answers a NOTIFY_RETRIEVE, which is never sent',
  setupmapping: 'DAX windows of virtiofs; there is no window',
  removemapping: 'DAX windows of virtiofs; there is no window',
  canonicalPath: "Android's inotify by lower path: with the Android volume",
  cuseInit: 'character devices in user space; this is a file system',
};
