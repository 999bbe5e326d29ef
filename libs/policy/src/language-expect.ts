/** The list of assertions a policy text makes about itself. */
import { isSeq } from 'yaml';
import { TYPE, type TypeName } from './actions.ts';
import { ACCESS } from './actions.ts';
import { quote } from './diagnostics.ts';
import { ID_MAX } from './id-ranges.ts';
import { readAction } from './language-actions.ts';
import { PACKAGE_NAME } from './language-entries.ts';
import { readAccess, readBytes } from './language-match.ts';
import { LIMITS } from './limits.ts';
import type { Entry, Item, NodeReader } from './node-reader.ts';
import type { Expectation } from './policy.ts';
import { kind, scalar } from './yaml-nodes.ts';

export const EXPECT_KEYS = [
  'path',
  'uid',
  'gid',
  'package',
  'access',
  'type',
  'size',
  'action',
  'rule',
  'why',
] as const;

/** `access: name` asks about the name alone, as LOOKUP and READDIR do. */
export const NAME_ALONE = 'name';

export function readExpectations(reader: NodeReader, entry: Entry | undefined): Expectation[] {
  if (!entry || scalar(entry.value) === null) return [];
  if (!isSeq(entry.value)) {
    const message = `expect must be a list of { path, action, ... }; this is ${kind(entry.value)}`;
    reader.diagnostics.error(entry.place, message);
    return [];
  }
  const expectations: Expectation[] = [];
  for (const item of reader.items(entry, 'expect', LIMITS.expectations, 'remove some')) {
    if (reader.diagnostics.full) break;
    const read = readExpectation(reader, item);
    if (read) expectations.push(read);
  }
  return expectations;
}

function readExpectation(reader: NodeReader, item: Item): Expectation | undefined {
  const { node, place } = item;
  const entries = reader.map(node, place, 'an expectation', EXPECT_KEYS);
  if (!entries) return undefined;
  const pathEntry = entries.get('path');
  if (!pathEntry) reader.diagnostics.error(place, 'the expectation has no path; add the path of a file');
  const path = readPath(reader, pathEntry);
  const actionEntry = entries.get('action');
  if (!actionEntry)
    reader.diagnostics.error(place, 'the expectation has no action; add the one that is right');
  const action = actionEntry && readAction(reader, actionEntry);
  const uid = readId(reader, entries.get('uid'), 'uid');
  const gid = readId(reader, entries.get('gid'), 'gid');
  const named = reader.text(entries.get('package'), 'package', LIMITS.packageBytes);
  const packageEntry = entries.get('package');
  if (packageEntry && named !== undefined && !PACKAGE_NAME.test(named)) {
    reader.diagnostics.error(
      packageEntry.place,
      `${quote(named)} is no package name; write it as the app has it`,
    );
  }
  const accessEntry = entries.get('access');
  const access =
    accessEntry && scalar(accessEntry.value) === NAME_ALONE
      ? 0
      : readAccess(reader, accessEntry) || ACCESS.read;
  const typeEntry = entries.get('type');
  const types = Object.keys(TYPE) as TypeName[];
  const type = typeEntry && reader.word({ node: typeEntry.value, place: typeEntry.place }, 'type', types);
  const size = readBytes(reader, entries.get('size'), 'size') ?? 0;
  const rule = reader.text(entries.get('rule'), 'rule', LIMITS.nameBytes * 2);
  const why = reader.text(entries.get('why'), 'why', LIMITS.whyBytes);
  if (path === undefined || !action) return undefined;
  return {
    ...place,
    path,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(named === undefined ? {} : { package: named }),
    access,
    type: type ? TYPE[type] : TYPE.file,
    size,
    action: action.action,
    ...(action.named ? { errno: action.errno } : {}),
    ...(rule === undefined ? {} : { rule }),
    ...(why === undefined ? {} : { why }),
  };
}

/** Empty for the root; otherwise without a slash at either end. */
function readPath(reader: NodeReader, entry: Entry | undefined): string | undefined {
  if (!entry) return undefined;
  if (scalar(entry.value) === '') return '';
  const path = reader.text(entry, 'path', LIMITS.globBytes);
  if (path === undefined) return undefined;
  const parts = path.split('/');
  if (!parts.some((part) => part === '' || part === '.' || part === '..')) return path;
  const message = `the path ${quote(path)} has an empty component, . or ..; write it from the volume root, without / at the ends`;
  reader.diagnostics.error(entry.place, message);
  return undefined;
}

function readId(reader: NodeReader, entry: Entry | undefined, key: string): number | undefined {
  if (!entry) return undefined;
  const id = scalar(entry.value);
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= ID_MAX) return id;
  reader.diagnostics.error(
    entry.place,
    `${key} must be one number up to ${String(ID_MAX)}; this is ${kind(entry.value)}`,
  );
  return undefined;
}
