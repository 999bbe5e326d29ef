/** What the kernel lets this process do, from the text of proc_pid_status(5). */
import { readFileSync } from 'node:fs';
import { CAP } from '@sluice/sys';

export interface Capabilities {
  /** Bit sets by capability number (linux/capability.h). */
  effective: bigint;
  /** What a program that is started can have at most, set-user-id programs included. */
  bounding: bigint;
  /** no_new_privs: set-user-id bits of programs that are started count for nothing. */
  noNewPrivileges: boolean;
}

/** A set that is not told, by a kernel that has no such line, is taken for full. */
export function parseCapabilities(status: string): Capabilities {
  const set = (name: string): bigint => BigInt(`0x${field(status, name) ?? 'ffffffffffffffff'}`);
  return {
    effective: set('CapEff'),
    bounding: set('CapBnd'),
    noNewPrivileges: field(status, 'NoNewPrivs') === '1',
  };
}

export function hasCapability(set: bigint, capability: keyof typeof CAP): boolean {
  return ((set >> BigInt(CAP[capability])) & 1n) === 1n;
}

/** Of this process now: what it starts has no more of them. */
export function ownCapabilities(): Capabilities {
  return parseCapabilities(readFileSync('/proc/self/status', 'utf8'));
}

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
}
