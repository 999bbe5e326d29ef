/**
 * A process of its own that serves a directory through the npm package fuse-native, until its standard input ends. The
 * package crashes in worker threads and hangs when its own process touches the mount, which is why this is a process
 * and does nothing else.
 *
 *   node fuse-native-server.mjs SOURCE MOUNT TIMEOUT_SECONDS
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { loopback } from './loopback.ts';
import type { FuseOperations } from './loopback.ts';

/** What is used of the package. Its `configure()` installs setuid programs and must never be called. */
interface FuseNative {
  new (
    mount: string,
    operations: FuseOperations,
    options: { fsname: string; timeout: false },
  ): { mount(done: (error: Error | null) => void): void };
}

const [source = '', mount = '', timeout = '0'] = process.argv.slice(2);

function loaded(): FuseNative {
  try {
    return createRequire(import.meta.url)('fuse-native') as FuseNative;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    process.stderr.write(
      `fuse-native does not load (it needs x86-64 and Debian's libfuse2: apt-get install libfuse2): ${reason}\n`,
    );
    process.exit(3);
  }
}

// The package knows no option for these and leaves out a timeout of 0, so they travel behind the name.
const fsname = `loopback,big_writes,entry_timeout=${timeout},attr_timeout=${timeout},negative_timeout=0`;
const Fuse = loaded();
// `timeout: false` spares it a timer for each request.
new Fuse(mount, loopback(source), { fsname, timeout: false }).mount((error) => {
  if (error === null) return;
  process.stderr.write(`fuse-native does not mount: ${error.message}\n`);
  process.exit(4);
});

process.stdin.resume().on('end', () => {
  // Its own unmount waits for its thread. Lazily, it cannot hang; where nothing is mounted any more, it fails.
  try {
    execFileSync('umount', ['-l', mount], { stdio: 'ignore', timeout: 5000 });
  } catch {
    // Unmounted before.
  }
  process.exit(0);
});
// Ctrl-C reaches the whole process group; the benchmark ends this process in its turn.
process.on('SIGINT', () => undefined);
