/** What the language reader asks of a YAML node. */
import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { quote } from './diagnostics.ts';

/** The value of a scalar, null where there is nothing, undefined for a collection. */
export function scalar(node: ParsedNode | null): unknown {
  if (node === null) return null;
  return isScalar(node) ? node.value : undefined;
}

export function isEmptyMap(node: ParsedNode | null): boolean {
  return isMap(node) && node.items.length === 0;
}

/** What a node is, for a message. */
export function kind(node: ParsedNode | null): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : 'a list';
  const value = scalar(node);
  if (value === null) return 'nothing';
  return typeof value === 'string'
    ? `the text ${quote(value)}`
    : `the ${typeof value} ${quote(String(value))}`;
}
