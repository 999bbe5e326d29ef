import { join, pixels, text, u16, u32, u64 } from './bytes.fixture.ts';

type Part = Uint8Array | string | number[];

export function box(type: string, ...payload: Part[]): Uint8Array {
  const data = join(...payload);
  return join(u32(data.length + 8), type, data);
}

/** A box whose size is written in 64 bits. */
export function largeBox(type: string, ...payload: Part[]): Uint8Array {
  const data = join(...payload);
  return join(u32(1), type, u64(data.length + 16), data);
}

export function fullBox(type: string, version: number, ...payload: Part[]): Uint8Array {
  return box(type, [version, 0, 0, 0], ...payload);
}

export function uuidBox(uuid: string, ...payload: Part[]): Uint8Array {
  return box('uuid', new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex')), ...payload);
}

export interface Item {
  id: number;
  type: string;
  /** After the name: content type and encoding of a MIME item. */
  mime?: string;
  data: Uint8Array;
  /** 0 in the file, 1 in `idat`. */
  method?: number;
  /** Into how many extents the data is divided. */
  extents?: number;
  protection?: number;
}

/** A HEIF file of these items, with pixels before them. Offsets have `width` bytes each. */
export function heif(items: Item[], width: 4 | 8 = 4, version: 0 | 1 | 2 = 1): Uint8Array {
  const number = (value: number): Uint8Array => (width === 4 ? u32(value) : u64(value));
  const id = (value: number): Uint8Array => (version === 2 ? u32(value) : u16(value));
  const idat = join(...items.filter(({ method }) => method === 1).map(({ data }) => data));
  const ftyp = box('ftyp', 'heic', u32(0), 'mif1heic');
  const infe = ({ id: item, type, mime, protection }: Item): Uint8Array =>
    fullBox('infe', 2, u16(item), u16(protection ?? 0), type, '\0', mime ?? '');
  const build = (mdatAt: number): Uint8Array => {
    let inFile = mdatAt + 8 + 500;
    let inIdat = 0;
    const located = items.map(({ id: item, data, method = 0, extents = 1 }) => {
      const share = Math.ceil(data.length / extents);
      const list = Array.from({ length: extents }, (_, i) =>
        join(number(i * share), number(Math.min(share, data.length - i * share))),
      );
      const base = method === 1 ? inIdat : inFile;
      if (method === 1) inIdat += data.length;
      else if (method === 0) inFile += data.length;
      return join(id(item), version > 0 ? u16(method) : '', u16(0), number(base), u16(extents), ...list);
    });
    return fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, u32(0), 'pict', text('\0'.repeat(13))),
      fullBox('pitm', 0, u16(1)),
      fullBox('iinf', 0, u16(items.length), ...items.map(infe)),
      fullBox('iloc', version, [(width << 4) | width, width << 4], id(items.length), ...located),
      idat.length > 0 ? box('idat', idat) : '',
    );
  };
  const mdatAt = ftyp.length + build(0).length;
  const inFile = items.filter(({ method = 0 }) => method === 0).map(({ data }) => data);
  return join(ftyp, build(mdatAt), box('mdat', pixels(500), ...inFile));
}

/** QuickTime keys and their values. */
export function keyedMetadata(...pairs: [key: string, value: string][]): Uint8Array {
  return box(
    'meta',
    fullBox('hdlr', 0, u32(0), 'mdta', text('\0'.repeat(13))),
    fullBox('keys', 0, u32(pairs.length), ...pairs.map(([key]) => join(u32(key.length + 8), 'mdta', key))),
    box(
      'ilst',
      ...pairs.map(([, value], i) =>
        box(Buffer.from(u32(i + 1)).toString('latin1'), box('data', u32(1), u32(0), value)),
      ),
    ),
  );
}

/** A movie with its samples before `moov`, as cameras write it. */
export function movie(moov: Uint8Array[], after: Uint8Array[] = [], samples = 5000): Uint8Array {
  return join(
    box('ftyp', 'isom', u32(512), 'isommp42'),
    largeBox('mdat', pixels(samples)),
    box('moov', fullBox('mvhd', 0, pixels(96)), ...moov),
    ...after,
  );
}

/** A track whose samples are of the type `entry`: one chunk for each offset, of `size` bytes. */
export function track(entry: string, offsets: number[], size: number, more: Uint8Array[] = []): Uint8Array {
  return box(
    'trak',
    box(
      'mdia',
      box(
        'minf',
        box(
          'stbl',
          fullBox('stsd', 0, u32(1), box(entry, pixels(8))),
          fullBox('stsz', 0, u32(0), u32(offsets.length), ...offsets.map(() => u32(size))),
          fullBox('stsc', 0, u32(1), u32(1), u32(1), u32(1)),
          fullBox('stco', 0, u32(offsets.length), ...offsets.map((offset) => u32(offset))),
        ),
      ),
    ),
    ...more,
  );
}
