/** A small directory with what a bundle has, for tests: its loader is a shell script that tells how it was started. */
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles, makeManifest, manifestText, versionId } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { ROOT } from './root.ts';

/** Prints `$SLUICE_SOCKET|$SLUICE_COMMAND|$LD_PRELOAD`, then each word on a line of its own. */
const LOADER = `#!/bin/sh
echo "$SLUICE_SOCKET|$SLUICE_COMMAND|$LD_PRELOAD"
for word; do echo "$word"; done
`;

export interface BundleFixture {
  manifest: Manifest;
  id: string;
}

/** `loader`: another script to be the runtime's loader. */
export function makeBundle(directory: string, loader = LOADER): BundleFixture {
  const write = (path: string, content: string, mode: number): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
    chmodSync(join(directory, path), mode);
  };
  write('app/sluiced.cjs', '// the daemon\n', 0o644);
  write('app/sluice.cjs', '// the command\n', 0o644);
  write('app/licenses/sluice.txt', 'Apache-2.0\n', 0o644);
  write('runtime/ld-linux-aarch64.so.1', loader, 0o755);
  write('runtime/node', '', 0o755);
  write('runtime/libc.so.6', 'libc', 0o644);
  cpSync(join(ROOT, 'tools/package/files/bin'), join(directory, 'bin'), { recursive: true });
  for (const [name, mode] of [
    ['place.sh', 0o644],
    ['sluice', 0o755],
    ['sluiced', 0o755],
  ] as const) {
    chmodSync(join(directory, 'bin', name), mode);
  }
  const about = { version: '1.2.3', cpu: 'arm64', runtimeVersions: { node: '22.0.0' } } as const;
  const manifest = makeManifest(about, {}, listFiles(directory));
  const text = manifestText(manifest);
  write('manifest.json', text, 0o644);
  return { manifest, id: versionId('1.2.3', text) };
}
