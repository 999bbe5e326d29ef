import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { errnoName, sys, type Address } from '@sluice/sys';
import type { Caller } from './backend.ts';

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

/** Who is at the other end of each connection, for calls to be asked about. */
export class Callers {
  readonly #byPeer = new Map<string, Caller>();
  #next = 1;

  /** Call before gRPC gets the socket. */
  note(socket: Socket, { uid, pid }: Peer): void {
    const name = `connection-${this.#next++}`;
    this.#byPeer.set(name, { uid, pid, program: programOf(pid) });
    // A unix socket has no remote address; what stands there is what gRPC calls the peer of a call.
    Object.defineProperty(socket, 'remoteAddress', { value: name });
    socket.once('close', () => this.#byPeer.delete(name));
  }

  /** `peer`: what gRPC's `getPeer` says. A connection that is gone by now is nobody's. */
  of(peer: string): Caller {
    return this.#byPeer.get(peer) ?? { uid: NOBODY, pid: 0, program: '' };
  }
}

/** AID_NOBODY, and the overflow uid everywhere. */
const NOBODY = 65_534;

/** What a process calls itself: at most 15 bytes, empty if it is gone. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return '';
  }
}
