import { beforeEach, describe, expect, it } from 'vitest';
import { S } from '@sluice/sys';
import { ALIASES_PER_NODE, Aliases } from './aliases.ts';
import { ALIAS, NODE } from './layout.ts';
import { SMALL_GEOMETRY, Tables, seeded } from './tables.fixture.ts';

const tables = new Tables({ ...SMALL_GEOMETRY, aliases: 100, nameBytes: 64 * 1024 });
const aliases = new Aliases(tables.nodes);
const { memory, nodes } = tables;
let root = 0;
let file = 0;
beforeEach(() => {
  tables.reset();
  root = nodes.at(1);
  file = tables.create({ ino: 10n });
});

/** Gives the node a name and keeps the one it had. */
function rename(at: number, parent: number, name: string): boolean {
  const kept = aliases.keepName(at);
  tables.setName(at, parent, name);
  return kept;
}

function namesOf(at: number): string[] {
  const names: string[] = [];
  for (let alias = aliases.first(at); alias !== 0; alias = aliases.next(alias)) {
    names.push(tables.text(memory.getU32(alias + ALIAS.name), memory.getU32(alias + ALIAS.nameLength)));
  }
  return names.sort();
}

function find(at: number, parent: number, name: string): number {
  const { at: nameAt, length } = tables.name(name);
  return aliases.find(at, nodes.slotOf(parent), nameAt, length);
}

const references = (at: number): number => memory.getU32(at + NODE.references);

describe('the further names of a node', () => {
  it('are those it had before, each found by directory and name', () => {
    const directory = tables.create({ ino: 11n, type: S.IFDIR });
    rename(file, root, 'one');
    rename(file, directory, 'two');
    rename(file, root, 'three');
    expect(namesOf(file)).toEqual(['one', 'two']);
    expect(find(file, root, 'one')).not.toBe(0);
    expect(find(file, directory, 'two')).not.toBe(0);
    expect(find(file, root, 'two')).toBe(0);
    expect(find(file, root, 'on')).toBe(0);
  });

  it('hold their directory, until they are dropped', () => {
    const directory = tables.create({ ino: 11n, type: S.IFDIR });
    rename(file, directory, 'two');
    rename(file, root, 'three');
    expect(references(directory)).toBe(1);
    expect(aliases.drop(file, find(file, directory, 'two'))).toBe(nodes.slotOf(directory));
    expect(references(directory)).toBe(0);
    expect(namesOf(file)).toEqual([]);
  });

  it('are no more than one node may have, which is said', () => {
    for (let i = 0; i <= ALIASES_PER_NODE; i++) expect(rename(file, root, `name-${i}`)).toBe(true);
    expect(rename(file, root, 'one too many')).toBe(false);
    expect(namesOf(file)).toHaveLength(ALIASES_PER_NODE);
  });

  it('give their room back, and are none where all is taken', () => {
    const other = tables.create({ ino: 12n });
    for (let i = 0; i <= ALIASES_PER_NODE; i++) rename(file, root, `name-${i}`);
    let kept = 0;
    tables.setName(other, root, 'x');
    while (rename(other, root, `other-${kept}`)) kept++;
    expect(kept).toBe(100 - ALIASES_PER_NODE);
    aliases.drop(file, aliases.first(file));
    expect(rename(other, root, 'again')).toBe(true);
  });

  it('are the model’s, under random use', () => {
    const random = seeded(77);
    const model = new Map<number, string[]>();
    const files = [file, ...[20n, 21n, 22n].map((ino) => tables.create({ ino }))];
    for (const each of files) {
      tables.setName(each, root, 'first');
      model.set(each, []);
    }
    let count = 0;
    for (let i = 0; i < 5000; i++) {
      const at = files[random(files.length)] as number;
      const expected = model.get(at) as string[];
      if (random(2) === 0 && count < 90 && expected.length < ALIASES_PER_NODE) {
        const before = tables.text(memory.getU32(at + NODE.name), memory.getU32(at + NODE.nameLength));
        expect(rename(at, root, `n${i}`)).toBe(true);
        expected.push(before);
        count++;
      } else if (expected.length > 0) {
        const [name] = expected.splice(random(expected.length), 1);
        const found = find(at, root, name as string);
        expect(found).not.toBe(0);
        aliases.drop(at, found);
        count--;
      }
      expect(namesOf(at)).toEqual([...expected].sort());
    }
    expect(references(root)).toBe(count + files.length);
  });
});
