import { AT, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** UNLINK. The node stays for whoever has it open: its handle leads to the file as long as it exists. */
export function unlink(volume: Volume, request: Request): number {
  return remove(volume, request, 0);
}

/** RMDIR. */
export function rmdir(volume: Volume, request: Request): number {
  return remove(volume, request, AT.REMOVEDIR);
}

function remove(volume: Volume, request: Request, flags: number): number {
  const directory = requestDirectory(volume, request);
  if (directory < 0) return directory;
  return sys.unlinkat(directory, request.address(nameBehindHeader(request)), flags);
}
