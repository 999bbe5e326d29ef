/** What live tests need of the machine. */
import { existsSync, readFileSync } from 'node:fs';

const CAP_SYS_ADMIN = 21n;

/** The first capability that mounting lacks here, in words; undefined if nothing is missing. */
export function missingCapability() {
  if (process.getuid?.() !== 0) return 'mounting file systems needs root';
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if (((effective >> CAP_SYS_ADMIN) & 1n) === 0n) return 'mounting file systems needs CAP_SYS_ADMIN';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse: load the kernel module fuse';
  return undefined;
}
