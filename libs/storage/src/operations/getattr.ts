import { S } from '@sluice/sys';
import { ATTR, ATTR_OUT, GETATTR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeNanoseconds } from '../attribute-validity.ts';
import { showOwnership } from '../ownership.ts';
import { statRequested } from '../requested-attributes.ts';
import type { Volume } from '../volume.ts';

/** GETATTR. */
export function getattr(volume: Volume, request: Request): number {
  const { argumentAt, payloadAt } = request;
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

/** Completes an `attr_out` whose attributes are in place. */
export function attributesReply(volume: Volume, request: Request): number {
  const { memory, payloadAt } = request;
  memory.setU32(payloadAt + ATTR_OUT.attr_valid, volume.validSeconds);
  memory.setU32(payloadAt + ATTR_OUT.attr_valid + 4, 0);
  showOwnership(volume, payloadAt + ATTR_OUT.attr);
  const isDirectory = (memory.getU32(payloadAt + ATTR_OUT.attr + ATTR.mode) & S.IFMT) === S.IFDIR;
  memory.setU32(payloadAt + ATTR_OUT.attr_valid_nsec, attributeNanoseconds(volume, isDirectory));
  memory.setU32(payloadAt + ATTR_OUT.dummy, 0);
  return ATTR_OUT.SIZE;
}
