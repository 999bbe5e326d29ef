/** Programs that people run, on the mount: what they leave must be what they leave on the bare file system. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICIES, firstDifference, startBothTrees, treeRecord } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Hard links, holes, attributes, odd names, modes and owners: what an archive can lose. */
const MAKE_TREE = `set -e
  umask 022
  mkdir -p a/b 'with space' empty
  head -c 300000 /dev/zero | tr '\\0' x > a/file
  ln a/file a/b/hard
  ln -s ../file a/b/soft
  ln -s missing dangling
  mkfifo pipe
  truncate -s 1M holes
  printf end | dd of=holes bs=1 seek=700000 conv=notrunc status=none
  printf x > "$(printf 'odd\\nname\\377')"
  printf x > 'with space/ümlaut'
  setfattr -n user.colour -v blue a/file
  setfattr -n user.colour -v red a/b
  chmod 4751 'with space/ümlaut'
  chmod 2775 empty
  chmod 1777 a/b
  chown 10001:20001 dangling -h
  chown 10002 holes
  touch -d '2001-02-03 04:05:06.123456789' a/file holes dangling -h
  touch -d '1999-12-31 23:59:59.999999999' a/b empty
  touch -d '1999-12-31 23:59:59.999999999' .`;

describe.each(POLICIES)('programs under the policy %s', (policy) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ policy });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  async function ends(script: string, cwd: string): Promise<void> {
    expect(await sh(script, { cwd, timeoutMs: 120_000 })).toMatchObject({ code: 0, stderr: '' });
  }

  // Sources unpacked from an archive are no repository to clone.
  it.skipIf(!existsSync(join(REPOSITORY, '.git')))(
    'git clones this repository, finds it sound, packs it and switches commits',
    async () => {
      const { mounted, lower } = trees.make('git');
      await ends(
        `set -e
      git clone -q --no-local ${REPOSITORY} clone
      cd clone
      git fsck --full --strict --no-progress --no-dangling
      test -z "$(git status --porcelain)"
      git checkout -q "$(git rev-list --max-parents=0 HEAD | tail -1)"
      git checkout -q -
      git gc -q --prune=now
      git fsck --full --no-progress --no-dangling
      test -z "$(git status --porcelain)"`,
        mounted,
      );
      expect(firstDifference(await treeRecord(mounted), await treeRecord(lower))).toBe('');
    },
  );

  it('tar packs and unpacks modes, owners, times, hard links, holes and extended attributes', async () => {
    const { mounted, bare } = trees.make('tar');
    const script = `set -e; mkdir tree; (cd tree; ${MAKE_TREE})
      tar --create --file archive.tar --sparse --xattrs --xattrs-include='*' --format=pax -C tree .
      mkdir copy
      tar --extract --file archive.tar --sparse --xattrs --xattrs-include='*' --same-owner -p -C copy
      tar --compare --file archive.tar -C copy`;
    await Promise.all([ends(script, mounted), ends(script, bare)]);
    for (const part of ['tree', 'copy']) {
      const expected = await treeRecord(join(bare, part));
      expect(firstDifference(await treeRecord(join(mounted, part)), expected)).toBe('');
    }
    await ends(`test $(stat -c %b copy/holes) -lt 200`, mounted);
  });

  it('cp -a and diff -r agree on a copy, into the mount, within it and out of it', async () => {
    const { mounted, bare } = trees.make('cp');
    await ends(`mkdir tree; cd tree; ${MAKE_TREE}`, bare);
    await ends(
      `set -e
      cp -a ${bare}/tree in
      cp -a in within
      cp -a --reflink=auto --sparse=always within again
      cp -a again ${bare}/out
      diff -r --no-dereference --exclude=pipe in within
      diff -r --no-dereference --exclude=pipe again ${bare}/tree`,
      mounted,
    );
    const expected = await treeRecord(join(bare, 'tree'));
    for (const copy of [
      join(mounted, 'in'),
      join(mounted, 'within'),
      join(mounted, 'again'),
      join(bare, 'out'),
    ]) {
      expect(firstDifference(await treeRecord(copy), expected), copy).toBe('');
    }
  });

  it('dd reads and writes past the page cache', async () => {
    const { mounted, lower } = trees.make('dd');
    await ends(
      `set -e
      head -c 8M /dev/urandom > source
      dd if=source of=target bs=1M iflag=direct oflag=direct status=none
      dd if=source of=target bs=64k skip=3 seek=7 count=5 iflag=direct oflag=direct conv=notrunc status=none
      dd if=target of=again bs=4096 iflag=direct status=none
      dd if=source of=expected bs=1M status=none
      dd if=source of=expected bs=64k skip=3 seek=7 count=5 conv=notrunc status=none
      cmp target expected
      cmp again expected
      cmp ${lower}/target ${lower}/expected`,
      mounted,
    );
  });

  it('make builds with eight jobs at once what it builds on the bare file system', async () => {
    const { mounted, bare } = trees.make('make');
    const script = `set -e
      mkdir src
      for i in $(seq 60); do echo "part $i" > src/$i.c; done
      touch -d '1 hour ago' src/*
      cat > Makefile <<'END'
OBJECTS := $(patsubst src/%.c,out/%.o,$(wildcard src/*.c))
all: program
out:
	mkdir -p out
out/%.o: src/%.c | out
	sha256sum $< > $@.tmp && mv $@.tmp $@ && touch out/$*.d && cat src/*.c | wc -c >> $@ && rm out/$*.d
program: $(OBJECTS)
	cat $(sort $(OBJECTS)) > $@.tmp
	mv -f $@.tmp $@
END
      make -s -j8
      sleep 0.1
      touch src/7.c
      make -s -j8
      make -s -q`;
    await Promise.all([ends(script, mounted), ends(script, bare)]);
    expect(await sh(`diff -r ${mounted} ${bare}`)).toMatchObject({ code: 0, stdout: '' });
  });
});
