/** The daemon's YAML configuration file: which volumes to serve. Every problem is told with its line and column. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
// The small build of zod: the whole one is half a megabyte of source in a process that reads one file once.
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';
import { LIMITS } from '@sluice/control';
import { StartFailure } from './failure.ts';

const CONFIG_BYTES = 1024 * 1024;
const MOST_VOLUMES = 64;

z.config(english());

const path = z.string().check(z.minLength(1));

const volume = z.strictObject({
  name: z.optional(z.string()),
  source: path,
  mount: path,
  policy: z.optional(z.string()),
  timeout: z.optional(z.number().check(z.minimum(0))),
  workers: z.optional(z.int().check(z.minimum(1), z.maximum(16))),
  engine: z.optional(z.enum(['session', 'fuse-native'])),
  ownership: z.optional(z.enum(['preserve', 'android'])),
  locks: z.optional(z.enum(['lower', 'local'])),
  acl: z.optional(z.boolean()),
  idmap: z.optional(z.boolean()),
  suid: z.optional(z.boolean()),
  dev: z.optional(z.boolean()),
  descriptors: z.optional(
    z.int().check(z.minimum(LIMITS.cachedDescriptors.fewest), z.maximum(LIMITS.cachedDescriptors.most)),
  ),
});

const config = z.strictObject({
  state: z.optional(path),
  packages: z.optional(path),
  logLevel: z.optional(z.enum(['error', 'warn', 'info', 'debug'])),
  volumes: z.array(volume).check(z.minLength(1), z.maxLength(MOST_VOLUMES)),
});

export type Config = z.infer<typeof config>;

/** Reads and checks the file; its relative paths are beneath its own directory. Throws a {@link StartFailure}. */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartFailure(
      2,
      `The configuration ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
    );
  }
  const parsed = parseConfig(text, file);
  const base = dirname(resolve(file));
  return {
    ...parsed,
    ...(parsed.state === undefined ? {} : { state: resolve(base, parsed.state) }),
    ...(parsed.packages === undefined ? {} : { packages: resolve(base, parsed.packages) }),
    volumes: parsed.volumes.map((entry) => ({
      ...entry,
      source: resolve(base, entry.source),
      mount: resolve(base, entry.mount),
    })),
  };
}

export function parseConfig(text: string, file: string): Config {
  if (text.length > CONFIG_BYTES) throw new StartFailure(2, `${file}: longer than ${CONFIG_BYTES} bytes.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new StartFailure(2, `${at(syntax.pos[0])}: ${syntax.message}`);
  const result = config.safeParse(document.toJS({ maxAliasCount: 10 }));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message, code, ...rest }) => {
    const keys = code === 'unrecognized_keys' && 'keys' in rest ? rest.keys : [];
    const place = at(offsetOf(document, [...path, ...keys.slice(0, 1)]));
    return `${place}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`;
  });
  throw new StartFailure(2, problems.join('\n'));
}

/** Where the value at `path` begins; for one that is missing, where what should hold it does. */
function offsetOf(document: Document, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}
