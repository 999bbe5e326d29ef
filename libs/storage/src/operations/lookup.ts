import type { Request } from '@sluice/session';
import { replyEntry, requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** LOOKUP: a name beneath a directory. Known objects cost one statx. */
export function lookup(volume: Volume, request: Request): number {
  const directory = requestDirectory(volume, request);
  return directory < 0 ? directory : replyEntry(volume, request, directory, nameBehindHeader(request));
}
