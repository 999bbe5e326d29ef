/** DESTROY: the mount is going; the read loop sees the end of the connection by itself. */
export function destroy(): number {
  return 0;
}
