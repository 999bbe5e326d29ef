/**
 * The root disk of every machine: Debian packages unpacked (their scripts do not run) and this host's own Node. It is
 * read-only and kept in the cache by the names of the packages and the Node.
 */
import { chmodSync, cpSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Apt } from './apt.ts';
import { cached, digestOf } from './cache.ts';
import { makeExt4, mibFor } from './disk-image.ts';
import { execute } from './programs.ts';

/** What commands in a machine may call, each with all it depends on. */
const PACKAGES = [
  ...[
    'base-files',
    'bash',
    'coreutils',
    'diffutils',
    'findutils',
    'grep',
    'gzip',
    'mawk',
    'procps',
    'sed',
    'tar',
  ],
  ...['util-linux', 'mount', 'kmod', 'e2fsprogs', 'attr', 'acl', 'python3', 'sqlite3', 'busybox-static'],
  // The host's Node.
  ...['libstdc++6', 'libgcc-s1', 'libatomic1'],
];

const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
const MOUNT_POINTS = ['dev', 'proc', 'sys', 'run', 'tmp', 'root', 'mnt', 'var/tmp', 'sluice'];
const USERS = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const GROUPS = 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n';

export async function buildRootImage(cache: string, apt: () => Promise<Apt>): Promise<string> {
  const node = statSync(process.execPath);
  const name = `root-${digestOf(...PACKAGES, process.version, String(node.size))}.ext4`;
  return cached(cache, name, 'file', async (path) => {
    const root = `${path}.tree`;
    rmSync(root, { recursive: true, force: true });
    try {
      prepareTree(root);
      await (await apt()).unpackWithDependencies(PACKAGES, root);
      await finishTree(root);
      await makeExt4(path, await mibFor(root), root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

/** `/bin` and the like are links at first; a package that has one of them as a directory makes it one. */
function prepareTree(root: string): void {
  for (const name of MERGED) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
}

async function finishTree(root: string): Promise<void> {
  for (const name of MOUNT_POINTS) mkdirSync(join(root, name), { recursive: true });
  chmodSync(root, 0o755);
  writeFileSync(join(root, 'etc/passwd'), USERS);
  writeFileSync(join(root, 'etc/group'), GROUPS);
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  symlinkSync('/proc/self/mounts', join(root, 'etc/mtab'));
  symlinkSync('mawk', join(root, 'usr/bin/awk'));
  for (const unused of ['doc', 'man', 'locale', 'info', 'perl', 'perl5'])
    rmSync(join(root, 'usr/share', unused), { recursive: true, force: true });
  await copyNode(root);
}

/** Node with those of its libraries that are not Debian's own. */
async function copyNode(root: string): Promise<void> {
  cpSync(process.execPath, join(root, 'usr/bin/node'), { dereference: true });
  chmodSync(join(root, 'usr/bin/node'), 0o755);
  const libraries = (await execute('ldd', [process.execPath])).matchAll(/=> (\/\S+)/g);
  for (const [, library = ''] of libraries) {
    if (library.startsWith('/lib/x86_64-linux-gnu/')) continue;
    cpSync(library, join(root, 'usr/lib/x86_64-linux-gnu', basename(library)), { dereference: true });
  }
}
