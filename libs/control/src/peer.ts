import type { Socket } from 'node:net';
import { errnoName, sys, type Address } from '@sluice/sys';

/** Who is at the other end of a unix socket, as the kernel noted it at connect(2): SO_PEERCRED of unix(7). */
export interface Peer {
  pid: number;
  uid: number;
  gid: number;
}

/** `struct ucred`: three u32. One page for the life of the process, since arenas are few and calls are synchronous. */
let page: { at: Address; words: Uint32Array } | undefined;

function credentialsPage(): { at: Address; words: Uint32Array } {
  if (page) return page;
  const at = sys.arenaAllocate(4096);
  const buffer = at < 0 ? null : sys.arenaBuffer(at);
  if (buffer === null) throw new Error(`no memory for peer credentials: ${errnoName(at)}`);
  page = { at, words: new Uint32Array(buffer, 0, 3) };
  return page;
}

/** @throws Error if the kernel does not say; such a connection must not be served. */
export function peerOf(socket: Socket): Peer {
  // Node has no public way to a socket's descriptor.
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
  if (fd < 0) throw new Error('the connection has no descriptor');
  const { at, words } = credentialsPage();
  const result = sys.peerCredentials(fd, at);
  if (result < 0) throw new Error(`SO_PEERCRED failed: ${errnoName(result)}`);
  const [pid = 0, uid = -1, gid = -1] = words;
  return { pid, uid, gid };
}
