import { crc32 } from 'node:zlib';
import { join, pixels, text, u32 } from './bytes.fixture.ts';

export function pngChunk(type: string, ...payload: (Uint8Array | string)[]): Uint8Array {
  const data = join(...payload);
  return join(u32(data.length), type, data, u32(crc32(join(type, data))));
}

export function png(before: Uint8Array[], after: Uint8Array[] = []): Uint8Array {
  return join(
    '\x89PNG\r\n\x1a\n',
    pngChunk('IHDR', u32(1), u32(1), '\x08\x02\0\0\0'),
    ...before,
    pngChunk('IDAT', pixels(100)),
    pngChunk('IDAT', pixels(100)),
    ...after,
    pngChunk('IEND'),
  );
}

export function riffChunk(type: string, ...payload: (Uint8Array | string)[]): Uint8Array {
  const data = join(...payload);
  return join(type, u32(data.length, true), data, data.length % 2 ? text('\0') : '');
}

export function webp(...chunks: Uint8Array[]): Uint8Array {
  const body = join('WEBP', riffChunk('VP8X', pixels(10)), riffChunk('VP8 ', pixels(201)), ...chunks);
  return join('RIFF', u32(body.length, true), body);
}
