/** What a rule does: its action, with what the action forbids it to ask, and its options. */
import { ACTION_NAMES, DATA_ACTIONS, TYPE, TYPES_ALL, type ActionName, type DataAction } from './actions.ts';
import { quote, suggest } from './diagnostics.ts';
import { DURATION_FORM, parseDuration } from './durations.ts';
import { DENY_DEFAULT, DENY_ERRNO, REFUSED_ERRNO, type DenyErrno } from './errors.ts';
import type { Match } from './language-match.ts';
import { readBytes } from './language-match.ts';
import { LIMITS } from './limits.ts';
import type { Entry, NodeReader } from './node-reader.ts';
import type { Place, PolicyOptions } from './policy.ts';
import { kind, scalar } from './yaml-nodes.ts';

export interface Action {
  readonly action: ActionName;
  /** Positive; 0 but for deny. `named`: the text says which. */
  readonly errno: number;
  readonly named: boolean;
}

export const OPTION_KEYS = ['entry-timeout', 'attribute-timeout', 'keep-cache', 'read-ahead'] as const;

export function readDefaultAction(reader: NodeReader, entry: Entry): DataAction | undefined {
  const value = scalar(entry.value);
  const action = DATA_ACTIONS.find((known) => known === value);
  if (action) return action;
  const known = DATA_ACTIONS.join(', ');
  let message = `default must be one of ${known}; this is ${kind(entry.value)}`;
  if (typeof value === 'string') {
    const of = /^(\w+)(?:\(\w+\))?$/.exec(value)?.[1];
    message = ACTION_NAMES.some((name) => name === of)
      ? `default cannot be ${value}: it says how data travels; use one of ${known}, and a last rule for ${value}`
      : `unknown action ${quote(value)}; ${suggest(value, DATA_ACTIONS)}`;
  }
  reader.diagnostics.error(entry.place, message);
  return undefined;
}

export function readAction(reader: NodeReader, entry: Entry): Action | undefined {
  const value = scalar(entry.value);
  const action = ACTION_NAMES.find((known) => known === value);
  if (action) return { action, errno: action === 'deny' ? DENY_DEFAULT : 0, named: false };
  if (typeof value !== 'string') {
    const message = `action must be one of ${ACTION_NAMES.join(', ')}; this is ${kind(entry.value)}`;
    reader.diagnostics.error(entry.place, message);
    return undefined;
  }
  const called = /^(\w+)\(([^()]*)\)$/.exec(value);
  if (called?.[1] === 'deny') return readErrno(reader, entry, (called[2] ?? '').trim());
  const message =
    called && ACTION_NAMES.some((name) => name === called[1])
      ? `${called[1] ?? ''} takes nothing in parentheses; only deny does: deny(EACCES)`
      : `unknown action ${quote(value)}; ${suggest(value, ACTION_NAMES)}`;
  reader.diagnostics.error(entry.place, message);
  return undefined;
}

function readErrno(reader: NodeReader, entry: Entry, name: string): Action | undefined {
  if (Object.hasOwn(DENY_ERRNO, name))
    return { action: 'deny', errno: DENY_ERRNO[name as DenyErrno], named: true };
  const known = Object.keys(DENY_ERRNO);
  const refused = Object.hasOwn(REFUSED_ERRNO, name) ? REFUSED_ERRNO[name] : undefined;
  const message = refused
    ? `deny cannot answer ${name}: ${refused}. Known here: ${known.join(', ')}`
    : `unknown error ${quote(name)}; ${suggest(name, known)}`;
  reader.diagnostics.error(entry.place, message);
  return undefined;
}

/** Reports what an action cannot be asked together with; the match as the action narrows it. */
export function fitMatch(reader: NodeReader, place: Place, match: Match, action: ActionName): Match {
  const error = (message: string): Match => {
    reader.diagnostics.error(place, message);
    return match;
  };
  const conditional =
    match.access !== 0 ? 'access' : match.minSize > 0 || match.maxSize < Infinity ? 'size' : '';
  if ((action === 'hide' || action === 'redact') && conditional !== '') {
    const instead = action === 'hide' ? 'use deny, or ask caller or type' : 'ask caller, extension or path';
    return error(
      `${action} cannot depend on ${conditional}: a name is there or not, whatever is done with it; ${instead}`,
    );
  }
  if (action === 'redact') {
    const file = 1 << TYPE.file;
    if ((match.types & file) === 0)
      return error('redact is for files, and type leaves them out; add file or remove type');
    return { ...match, types: file };
  }
  if (action !== 'tree') return match;
  const asked = conditional || (match.caller ? 'caller' : match.extensions ? 'extension' : '');
  if (asked !== '')
    return error(`tree cannot depend on ${asked}: a whole subtree leaves for everybody; ask path alone`);
  if (!match.paths) return error('tree needs a path: the directories whose subtrees leave');
  if (match.types !== TYPES_ALL && (match.types & (1 << TYPE.directory)) === 0)
    return error('tree is for directories, and type leaves them out; remove type');
  return match;
}

/** Options of a rule, or of the whole policy. */
export function readOptions(reader: NodeReader, entry: Entry | undefined, key: string): PolicyOptions {
  if (!entry || scalar(entry.value) === null) return {};
  const entries = reader.map(entry.value, entry.place, key, OPTION_KEYS);
  if (!entries) return {};
  const duration = (name: (typeof OPTION_KEYS)[number]): number | undefined => {
    const given = entries.get(name);
    if (!given) return undefined;
    const value = scalar(given.value);
    const ms = parseDuration(value);
    if (ms === undefined) {
      const shown = value === undefined || value === null ? kind(given.value) : quote(String(value));
      reader.diagnostics.error(given.place, `${name}: ${shown} is no duration; ${DURATION_FORM}`);
    }
    return ms;
  };
  const entryTimeoutMs = duration('entry-timeout');
  const attributeTimeoutMs = duration('attribute-timeout');
  const keep = entries.get('keep-cache');
  const keepCache = keep && scalar(keep.value);
  if (keep && typeof keepCache !== 'boolean')
    reader.diagnostics.error(keep.place, `keep-cache must be true or false; this is ${kind(keep.value)}`);
  const ahead = entries.get('read-ahead');
  const readAhead = readBytes(reader, ahead, 'read-ahead');
  if (ahead && readAhead !== undefined && readAhead > LIMITS.readAheadBytes) {
    const message = `read-ahead of more than ${String(LIMITS.readAheadBytes)} bytes; the kernel reads ahead by the megabyte at most: write less`;
    reader.diagnostics.error(ahead.place, message);
  }
  return {
    ...(entryTimeoutMs === undefined ? {} : { entryTimeoutMs }),
    ...(attributeTimeoutMs === undefined ? {} : { attributeTimeoutMs }),
    ...(typeof keepCache === 'boolean' ? { keepCache } : {}),
    ...(readAhead === undefined ? {} : { readAhead }),
  };
}
