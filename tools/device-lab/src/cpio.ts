/** A cpio archive in the `newc` format, as the kernel unpacks it at boot (Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface CpioEntry {
  /** Relative, without a leading slash. */
  name: string;
  /** Type and permission bits. */
  mode: number;
  content?: Buffer;
  /** Of a device: major and minor. */
  device?: readonly [number, number];
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFCHR = 0o020000;
const S_IFLNK = 0o120000;

export const directory = (name: string): CpioEntry => ({ name, mode: S_IFDIR | 0o755 });
export const file = (name: string, content: Buffer | string, permissions = 0o644): CpioEntry => ({
  name,
  mode: S_IFREG | permissions,
  content: Buffer.from(content),
});
export const symbolicLink = (name: string, target: string): CpioEntry => ({
  name,
  mode: S_IFLNK | 0o777,
  content: Buffer.from(target),
});
export const characterDevice = (name: string, major: number, minor: number): CpioEntry => ({
  name,
  mode: S_IFCHR | 0o600,
  device: [major, minor],
});

export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  const all = [...entries, { name: 'TRAILER!!!', mode: 0 }];
  all.forEach((entry, index) => {
    const content = ('content' in entry ? entry.content : undefined) ?? Buffer.alloc(0);
    const [major, minor] = ('device' in entry ? entry.device : undefined) ?? [0, 0];
    const name = Buffer.from(`${entry.name}\0`);
    // ino, mode, uid, gid, nlink, mtime, filesize, dev (2), rdev (2), namesize, check
    const numbers = [
      ...[index + 1, entry.mode, 0, 0, 1, 0, content.length],
      ...[0, 0, major, minor, name.length, 0],
    ];
    const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
    parts.push(aligned(Buffer.concat([Buffer.from(header), name])), aligned(content));
  });
  return Buffer.concat(parts);
}

/** Padded with zeros to a multiple of four bytes. */
function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
