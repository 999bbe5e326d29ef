/**
 * From a text to a YAML tree, guarded. The lexer is run by hand so that what makes YAML dangerous or slow (aliases,
 * tags, directives, deep nesting) is refused at its first character, before anything is built from it.
 */
import { CST, Composer, LineCounter, Parser, Lexer, type ParsedNode } from 'yaml';
import { Diagnostics, quote, type Diagnostic } from './diagnostics.ts';
import { LIMITS } from './limits.ts';
import type { Place } from './policy.ts';
import { INVALID_UNIT, textFault, unitAt, utf8Length } from './utf8.ts';

/**
 * The text of a policy file's bytes: UTF-8, with or without a byte order mark. Undefined, with a diagnostic that says
 * where, for bytes that are none and for more of them than a policy may have.
 */
export function decodePolicy(bytes: Uint8Array): { text: string | undefined; diagnostics: Diagnostic[] } {
  const diagnostics = new Diagnostics();
  if (bytes.length > LIMITS.textBytes) {
    diagnostics.error({ line: 1, column: 1 }, tooLong());
    return { text: undefined, diagnostics: diagnostics.list };
  }
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < bytes.length;) {
    const unit = unitAt(bytes, at, bytes.length);
    if (unit >>> 3 === INVALID_UNIT) {
      // A copy, since TextDecoder takes no shared memory everywhere.
      const column = new TextDecoder().decode(bytes.slice(lineStart, at)).length + 1;
      const message = `the byte 0x${(bytes[at] ?? 0).toString(16)} is not UTF-8; save the policy as UTF-8`;
      diagnostics.error({ line, column }, message);
      return { text: undefined, diagnostics: diagnostics.list };
    }
    at += unit & 7;
    if (unit >>> 3 === LINE_FEED) {
      line++;
      lineStart = at;
    }
  }
  return { text: new TextDecoder().decode(bytes.slice()), diagnostics: [] };
}

const LINE_FEED = 0x0a;

function tooLong(): string {
  return `the policy is longer than ${String(LIMITS.textBytes)} bytes; use globs for lists of paths`;
}

/** A tree whose collections hold anything YAML allows; offsets are in its nodes' `range`. */
export interface PolicyDocument {
  readonly text: string;
  readonly root: ParsedNode | null;
  readonly placeAt: (offset: number) => Place;
}

/** The tree of a text that is one plain YAML document; undefined after an error was reported. */
export function readDocument(text: string, diagnostics: Diagnostics): PolicyDocument | undefined {
  const start: Place = { line: 1, column: 1 };
  if (text.length > LIMITS.textBytes || utf8Length(text) > LIMITS.textBytes) {
    diagnostics.error(start, tooLong());
    return undefined;
  }
  const lines = new LineCounter();
  countLines(text, lines);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const unfit = textFault(text);
  if (unfit) {
    diagnostics.error(placeAt(unfit.at), unfit.message);
    return undefined;
  }
  const lost = text.indexOf('\ufffd');
  if (lost >= 0) {
    const message =
      'U+FFFD, which stands where bytes were not UTF-8; save the policy as UTF-8 (or write "\\uFFFD")';
    diagnostics.error(placeAt(lost), message);
    return undefined;
  }

  try {
    const tokens = parseTokens(text, placeAt, diagnostics);
    if (!tokens) return undefined;
    return compose(text, tokens, placeAt, diagnostics);
  } catch (error) {
    diagnostics.error(
      start,
      `the text cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function countLines(text: string, lines: LineCounter): void {
  for (let at = 0; at >= 0 && at <= text.length;) {
    lines.addNewLine(at);
    const end = text.indexOf('\n', at);
    if (end < 0) break;
    at = end + 1;
  }
}

const COLLECTIONS: ReadonlySet<string> = new Set(['block-map', 'block-seq', 'flow-collection']);

function parseTokens(
  text: string,
  placeAt: PolicyDocument['placeAt'],
  diagnostics: Diagnostics,
): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let documents = 0;
  let offset = 0;
  let scalarText = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (!scalarText) {
      const refusal = refused(lexeme);
      if (refusal !== undefined) {
        diagnostics.error(placeAt(offset), refusal);
        return undefined;
      }
    }
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'document' && ++documents > 1) {
        diagnostics.error(
          placeAt(token.offset),
          'a second document; a policy is one: remove the --- between them',
        );
        return undefined;
      }
    }
    if (parser.stack.length > LIMITS.nesting) {
      const depth = parser.stack.filter((token) => COLLECTIONS.has(token.type)).length;
      if (depth > LIMITS.nesting) {
        const message = `lists and maps nested more than ${String(LIMITS.nesting)} deep; a policy needs five`;
        diagnostics.error(placeAt(offset), message);
        return undefined;
      }
    }
    scalarText = lexeme === CST.SCALAR;
    if (!scalarText && lexeme !== CST.DOCUMENT && lexeme !== CST.FLOW_END) offset += lexeme.length;
  }
  tokens.push(...parser.end());
  const second = tokens.filter((token) => token.type === 'document')[1];
  if (second) {
    diagnostics.error(
      placeAt(second.offset),
      'a second document; a policy is one: remove the --- between them',
    );
    return undefined;
  }
  return tokens;
}

function refused(lexeme: string): string | undefined {
  switch (CST.tokenType(lexeme)) {
    case 'alias':
      return `${quote(lexeme)} is a YAML alias, and these are not taken; quote a glob that begins with * ('**/*.mp4')`;
    case 'anchor':
      return `${quote(lexeme)} is a YAML anchor, and these are not taken; write the value where it is needed, or quote it`;
    case 'tag':
      return `${quote(lexeme)} is a YAML tag, and these are not taken; remove it, or quote a text that begins with !`;
    case 'directive-line':
      return 'a YAML directive, and these are not taken; remove the line, or quote a text that begins with %';
    default:
      return undefined;
  }
}

/** The parser's own messages name what is wrong; ten show the pattern, and the rest usually follows from the first. */
const YAML_ERRORS_MAX = 10;

function compose(
  text: string,
  tokens: CST.Token[],
  placeAt: PolicyDocument['placeAt'],
  diagnostics: Diagnostics,
): PolicyDocument | undefined {
  // `uniqueKeys` compares every pair of keys of a map; the language reader finds duplicates in linear time.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false });
  const documents = [...composer.compose(tokens, true, text.length)];
  const errors = documents.flatMap((document) => document.errors);
  for (const error of errors.slice(0, YAML_ERRORS_MAX)) {
    diagnostics.error(placeAt(error.pos[0]), `not YAML: ${error.message}`);
  }
  const document = documents[0];
  if (errors.length > 0 || !document) return undefined;
  return { text, root: document.contents as ParsedNode | null, placeAt };
}
