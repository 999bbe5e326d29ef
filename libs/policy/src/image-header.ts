/** Whether a block of memory holds a whole image: the one time that its reader may refuse it. */
import * as layout from './image-layout.ts';
import { LIMITS } from './limits.ts';

const { HEADER } = layout;
export type HeaderField = (name: keyof typeof HEADER) => number;

/**
 * The header of an image.
 * @param byteOffset of the image in the buffer, a multiple of 4
 * @throws RangeError where no whole image of this version starts there
 */
export function readHeader(buffer: ArrayBuffer | SharedArrayBuffer, byteOffset: number): HeaderField {
  const room = buffer.byteLength - byteOffset;
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset % 4 !== 0) {
    throw new RangeError(
      `policy image at ${String(byteOffset)}: the offset must be a non-negative multiple of 4`,
    );
  }
  if (room < layout.HEADER_WORDS * 4) {
    throw new RangeError(`policy image at ${String(byteOffset)}: ${String(room)} bytes do not hold a header`);
  }
  const header = new Uint32Array(buffer, byteOffset, layout.HEADER_WORDS).slice();
  const field = (name: keyof typeof HEADER): number => header[HEADER[name]] ?? 0;
  checkHeader(field, room, byteOffset);
  return field;
}

function checkHeader(field: HeaderField, room: number, byteOffset: number): void {
  const fail = (what: string): never => {
    throw new RangeError(`policy image at ${String(byteOffset)}: ${what}`);
  };
  if (field('magic') !== layout.MAGIC) fail(`magic is 0x${field('magic').toString(16)}, not 0x59504c53`);
  if (field('version') !== layout.IMAGE_VERSION) fail(`version is ${String(field('version'))}, not 2`);
  const total = field('totalBytes');
  if (total % 4 !== 0 || total < layout.HEADER_WORDS * 4 || total > Math.min(room, LIMITS.imageBytes)) {
    fail(
      `length is ${String(total)}, with ${String(room)} bytes of room and a limit of ${String(LIMITS.imageBytes)}`,
    );
  }
  for (const name of ['nameSlots', 'extensionSlots'] as const) {
    const slots = field(name);
    if (slots === 0 || (slots & (slots - 1)) !== 0) fail(`${String(slots)} ${name} are no power of two`);
  }
  const sections = [
    ['states', field('stateCount') * layout.STATE_WORDS],
    ['tables', field('tableCount') * layout.TABLE_WORDS],
    ['targets', field('targetCount')],
    ['nodes', field('nodeWords')],
    ['rules', field('ruleCount') * layout.RULE_WORDS],
    ['names', field('nameSlots') * layout.NAME_WORDS],
    ['nameStates', field('nameStateCount') * layout.NAME_STATE_WORDS],
    ['edges', field('edgeWords')],
    ['ascii', layout.ASCII_WORDS],
    ['ranges', field('rangeCount') * 2],
    ['extensions', field('extensionSlots') * layout.EXTENSION_WORDS],
    ['uids', field('uidCount') * 2],
    ['apps', field('appCount') * 2],
    ['gids', field('gidCount') * 2],
    ['joined', field('joinedCount')],
    ['callers', field('callerCount')],
    ['samples', field('classes') * layout.SAMPLE_WORDS],
    ['bounds', field('boundCount') * 2],
    ['strings', Math.ceil(field('stringBytes') / 4)],
  ] as const;
  for (const [name, words] of sections) {
    if (field(name) < layout.HEADER_WORDS || field(name) + words > total / 4)
      fail(`the ${name} lie outside of it`);
  }
  if (field('classes') === 0) fail('it has no caller class');
}
