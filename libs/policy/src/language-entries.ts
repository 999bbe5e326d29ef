/** The entries of lists and sets: a glob, an extension, a package, a range of uids. */
import { quote } from './diagnostics.ts';
import { parseGlob } from './glob.ts';
import { ANY_ID, parseIdRange, type IdForm } from './id-ranges.ts';
import { LIMITS } from './limits.ts';
import type { Item, NodeReader } from './node-reader.ts';
import type { PolicyGlob } from './policy.ts';
import { textFault, utf8Length } from './utf8.ts';
import { kind as kindOf, scalar } from './yaml-nodes.ts';

export const LIST_KINDS = ['paths', 'extensions', 'packages', 'uids'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** Android's rule: two or more parts of letters, digits and _, each beginning with a letter; and `android` alone. */
export const PACKAGE_NAME = /^(?:android|[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+)$/;

/**
 * What an entry of a kind says; undefined after an error was reported.
 * @param ids what numbers have to be, where the kind is one of numbers
 */
export function readEntry(
  reader: NodeReader,
  item: Item,
  key: string,
  kind: ListKind,
  ids: IdForm = ANY_ID,
): unknown {
  switch (kind) {
    case 'paths':
      return readGlob(reader, item, key);
    case 'extensions':
      return readExtension(reader, item, key);
    case 'packages':
      return readPackage(reader, item, key);
    case 'uids':
      return readIds(reader, item, key, ids);
  }
}

function readGlob(reader: NodeReader, item: Item, key: string): PolicyGlob | undefined {
  const text = scalar(item.node);
  if (typeof text !== 'string') {
    reader.diagnostics.error(
      item.place,
      `${key} must be a glob; this is ${kindOf(item.node)}: quote it if it is a name`,
    );
    return undefined;
  }
  const parsed = parseGlob(text);
  if (parsed.tokens) return { text, tokens: parsed.tokens, ...item.place };
  const message = `bad glob ${quote(text)}, character ${String(parsed.fault.at + 1)}: ${parsed.fault.message}`;
  reader.diagnostics.error(reader.inside(item, text, parsed.fault.at), message);
  return undefined;
}

function readExtension(reader: NodeReader, item: Item, key: string): string | undefined {
  const value = scalar(item.node);
  const error = (message: string): undefined => {
    reader.diagnostics.error(item.place, message);
    return undefined;
  };
  if (typeof value !== 'string')
    return error(`${key}: an extension must be text; this is ${kindOf(item.node)}: quote it`);
  const unfit = textFault(value);
  if (unfit) return error(`the extension ${quote(value)} has ${unfit.message}`);
  if (value === '' || value.includes('.') || value.includes('/')) {
    const bare = value.replace(/^[*.]*\./, '');
    const hint =
      bare !== '' && !/[./]/.test(bare)
        ? `write ${quote(bare)}`
        : 'write what stands after the last dot of a name';
    return error(`${quote(value)} is no extension; ${hint}`);
  }
  if (/[*?[\]{}]/.test(value))
    return error(`${quote(value)}: an extension has no wildcards; use path with '**/*.${value}'`);
  if (utf8Length(value) > LIMITS.extensionBytes)
    return error(
      `the extension ${quote(value)} is longer than ${String(LIMITS.extensionBytes)} bytes; use path`,
    );
  return value.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}

function readPackage(reader: NodeReader, item: Item, key: string): string | undefined {
  const value = scalar(item.node);
  if (typeof value === 'string' && value.length <= LIMITS.packageBytes && PACKAGE_NAME.test(value))
    return value;
  const what = typeof value === 'string' ? quote(value) : kindOf(item.node);
  reader.diagnostics.error(
    item.place,
    `${key}: ${what} is no package name; write it as the app has it, such as com.example.gallery`,
  );
  return undefined;
}

/** Also for gids, which have no sets. */
export function readIds(
  reader: NodeReader,
  item: Item,
  key: string,
  { max, what, form }: IdForm = ANY_ID,
): readonly [number, number] | undefined {
  const value = scalar(item.node);
  const range = parseIdRange(value, max);
  if (range === 'backwards') {
    reader.diagnostics.error(
      item.place,
      `${key}: the range ${quote(String(value))} runs backwards; write the lower number first`,
    );
    return undefined;
  }
  if (range) return range;
  const shown = value === undefined || value === null ? kindOf(item.node) : quote(String(value));
  reader.diagnostics.error(item.place, `${key}: ${shown} is no ${what}; ${form}`);
  return undefined;
}
