import { describe, expect, it } from 'vitest';
import { MemorySource, seededRandom } from './bytes.fixture.ts';
import { FILES } from './files.fixture.ts';
import { LIMITS } from './limits.ts';
import { LocationFinder } from './location-finder.ts';
import { RangeList } from './range-list.ts';

/** SLUICE_TEST_SEED repeats a run; the seed of a failure is in its message. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);
/** How long each file is changed, in milliseconds, but 200 times at least. */
const TIME = 400;
/** No file of some kilobytes may take so much processor time, in microseconds: a busy machine adds nothing to that. */
const SLOW = 1_000_000;

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const NUMBERS = [
  0, 1, 2, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
  0xffffffff,
];

/** The file with some bytes, numbers or pieces of it changed, moved, doubled or cut off. */
function mutate(file: Uint8Array, random: () => number): Uint8Array {
  const any = (count: number): number => Math.floor(random() * count);
  let bytes = file.slice();
  for (let changes = 1 + any(6); changes > 0 && bytes.length > 8; changes--) {
    const at = any(bytes.length - 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    switch (any(8)) {
      case 0:
      case 1:
        bytes[at] = any(256);
        break;
      case 2:
      case 3:
        view.setUint32(at, NUMBERS[any(NUMBERS.length)] ?? 0, random() < 0.5);
        break;
      case 4:
        view.setUint16(at, NUMBERS[any(NUMBERS.length)] ?? 0, random() < 0.5);
        break;
      case 5:
        view.setUint32(at, any(bytes.length), random() < 0.5);
        break;
      case 6:
        bytes.copyWithin(any(bytes.length), at, at + any(200));
        break;
      default:
        if (random() < 0.5) bytes = bytes.slice(0, at);
        else
          bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(any(bytes.length))]).slice(
            0,
            65_536,
          );
    }
  }
  return bytes;
}

describe('a hostile file', () => {
  const finder = new LocationFinder();
  const ranges = new RangeList();

  it.each(Object.entries(FILES))(
    `made of %s ends in ranges inside of it (seed ${String(SEED)})`,
    (_, file) => {
      const random = seededRandom(SEED);
      const until = performance.now() + TIME;
      let tries = 0;
      let formats = 0;
      while (tries < 200 || performance.now() < until) {
        const changed = mutate(file, random);
        const source = new MemorySource(changed);
        const of = `seed ${String(SEED)}, try ${String(tries++)}`;
        const start = processorTime();
        const format = finder.find(source, ranges);
        if (processorTime() - start > SLOW) expect.fail(`${of}: slow`);
        if (format > 0) formats++;
        let last = -1;
        for (let i = 0; i < ranges.count; i++) {
          const sound =
            ranges.start(i) > last && ranges.end(i) > ranges.start(i) && ranges.end(i) <= changed.length;
          if (!sound) expect.fail(`${of}: range ${String(ranges.start(i))} to ${String(ranges.end(i))}`);
          last = ranges.end(i);
        }
        if (source.fault) expect.fail(`${of}: ${source.fault}`);
        if (format < 0) expect.fail(`${of}: ${String(format)}`);
        if (source.reads > LIMITS.reads || source.bytesRead > LIMITS.bytesRead)
          expect.fail(`${of}: beyond the limits`);
      }
      expect(tries).toBeGreaterThanOrEqual(200);
      expect(formats).toBeGreaterThan(tries / 4);
    },
  );
});
