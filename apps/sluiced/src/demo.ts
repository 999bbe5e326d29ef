/**
 * The demo volume: a lower tree like a phone's shared storage, made on first use, and a mount point beside it. Content is
 * made from a counter, so that every demo is the same and nothing but disk is needed.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const SMALL_FILES = 3000;
const SMALL_FILES_PER_DIRECTORY = 100;
const PACKAGES = ['org.example.camera', 'org.example.maps', 'org.example.player'];
const LARGE = [
  ['DCIM/Camera/video-0001.mp4', 64],
  ['DCIM/Camera/video-0002.mp4', 16],
  ['Download/image.iso', 32],
  ['Movies/film.mkv', 48],
] as const;

export interface DemoDirectories {
  lower: string;
  mountPoint: string;
}

export function prepareDemo(directory: string): DemoDirectories {
  const lower = join(directory, 'lower');
  const mountPoint = join(directory, 'mount');
  if (!existsSync(lower)) {
    // Built aside and renamed: a demo that was interrupted half way is made again.
    const building = join(directory, 'lower.building');
    rmSync(building, { recursive: true, force: true });
    build(building);
    renameSync(building, lower);
  }
  mkdirSync(mountPoint, { recursive: true });
  return { lower, mountPoint };
}

function build(root: string): void {
  for (const path of ['DCIM/Camera', 'Download', 'Movies', 'Music', 'Pictures', 'Documents', 'Android/obb']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  for (const name of PACKAGES) {
    mkdirSync(join(root, 'Android/data', name, 'files'), { recursive: true });
    mkdirSync(join(root, 'Android/data', name, 'cache'), { recursive: true });
    writeFileSync(join(root, 'Android/data', name, 'files/settings.json'), `{ "package": "${name}" }\n`);
  }
  for (let i = 0; i < SMALL_FILES; i++) {
    const directory = join(
      root,
      'Pictures',
      `album-${String(Math.floor(i / SMALL_FILES_PER_DIRECTORY)).padStart(2, '0')}`,
    );
    if (i % SMALL_FILES_PER_DIRECTORY === 0) mkdirSync(directory);
    writeFileSync(
      join(directory, `note-${String(i).padStart(4, '0')}.txt`),
      `small file ${i}\n`.repeat(1 + (i % 200)),
    );
  }
  for (const [path, mebibytes] of LARGE) writeLarge(join(root, path), mebibytes);
}

function writeLarge(path: string, mebibytes: number): void {
  const block = Buffer.alloc(MIB);
  for (let i = 0; i < MIB; i += 4) block.writeUInt32LE(Math.imul(i, 2_654_435_761) >>> 0, i);
  const fd = openSync(path, 'w');
  try {
    for (let i = 0; i < mebibytes; i++) {
      block.writeUInt32LE(i, 0);
      writeSync(fd, block);
    }
  } finally {
    closeSync(fd);
  }
}
