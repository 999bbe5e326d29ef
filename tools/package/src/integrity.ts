/** Subresource integrity, as npm's lock files and registries have it: `sha512-` and a digest in base64. */
import { createHash } from 'node:crypto';

/** Throws an Error that names `what` unless `content` is what `integrity` stands for. */
export function checkIntegrity(content: Uint8Array, integrity: string, what: string): void {
  const wanted = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity)?.[1];
  if (wanted === undefined) throw new Error(`${what}: "${integrity}" is no SHA-512 integrity`);
  const found = createHash('sha512').update(content).digest('base64');
  if (found !== wanted) {
    throw new Error(
      `${what} is not what was pinned: its integrity is sha512-${found}, and ${integrity} was expected`,
    );
  }
}
