import { S } from '@sluice/sys';
import { ATTR, ATTR_OUT, GETATTR_FLAGS, GETATTR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeNanoseconds, attributeTimeoutOf } from '../attribute-validity.ts';
import { showOwnership } from '../ownership.ts';
import { statRequested } from '../requested-attributes.ts';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';

/** GETATTR. */
export function getattr(volume: Volume, request: Request): number {
  const { argumentAt, payloadAt } = request;
  const permitted = permitToKnow(volume, request);
  if (permitted < 0) return permitted;
  const flagsAt = argumentAt + GETATTR_IN.getattr_flags;
  const result = statRequested(
    volume,
    request,
    flagsAt,
    argumentAt + GETATTR_IN.fh,
    payloadAt + ATTR_OUT.attr,
  );
  return result < 0 ? result : attributesReply(volume, request);
}

/** By an open file its attributes are known whatever policy says: they were when it was opened. */
export function permitToKnow(volume: Volume, request: Request): number {
  const at = volume.node(request);
  const flags = request.memory.getU32(request.argumentAt + GETATTR_IN.getattr_flags);
  if (at === 0 || (flags & GETATTR_FLAGS.FH) !== 0 || volume.nodes.isDirectory(at)) return 0;
  return permit(volume, request, at, 0);
}

/** Completes an `attr_out` whose attributes are in place. */
export function attributesReply(volume: Volume, request: Request): number {
  const { memory, payloadAt } = request;
  const ms = attributeTimeoutOf(volume, request, volume.node(request));
  memory.setU32(payloadAt + ATTR_OUT.attr_valid, ms < 0 ? volume.validSeconds : Math.floor(ms / 1000));
  memory.setU32(payloadAt + ATTR_OUT.attr_valid + 4, 0);
  showOwnership(volume, payloadAt + ATTR_OUT.attr);
  const isDirectory = (memory.getU32(payloadAt + ATTR_OUT.attr + ATTR.mode) & S.IFMT) === S.IFDIR;
  memory.setU32(payloadAt + ATTR_OUT.attr_valid_nsec, attributeNanoseconds(volume, isDirectory, ms));
  memory.setU32(payloadAt + ATTR_OUT.dummy, 0);
  return ATTR_OUT.SIZE;
}
