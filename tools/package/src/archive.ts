/**
 * The archive of a version: the same bytes from the same files. Entries are sorted and owned by root, times and modes are
 * fixed. It is one tar archive in two xz streams, one after the other, as xz files may have (xz file format, 2): the
 * application, then the runtime, whose compression takes a minute and is kept for the next time.
 */
import {
  appendFileSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { dirname } from 'node:path';
import { cached, execute } from '@sluice/device-lab';

const APPLICATION = ['app', 'bin', 'manifest.json'];
const RUNTIME = ['runtime'];
/** Two blocks of zeros end a tar archive (tar(5)). */
const END_BYTES = 1024;

export interface ArchiveTimes {
  /** Seconds since 1970, of every entry of the part. */
  application: number;
  runtime: number;
}

/** Packs `directory`, which has what {@link APPLICATION} and {@link RUNTIME} name, into the file `output`. */
export async function makeArchive(
  directory: string,
  output: string,
  times: ArchiveTimes,
  cache: string,
): Promise<void> {
  mkdirSync(dirname(output), { recursive: true });
  const part = `${output}.${process.pid}.part`;
  const runtime = `${part}.runtime`;
  try {
    await tar(directory, APPLICATION, times.application, part);
    cutEnd(part);
    await compress(part);
    await tar(directory, RUNTIME, times.runtime, runtime);
    const digest = createHash('sha256');
    await pipeline(createReadStream(runtime), digest);
    const name = `compressed-${digest.digest('hex')}.xz`;
    const compressed = await cached(cache, name, 'file', async (path) => {
      copyFileSync(runtime, path);
      await compress(path);
    });
    appendFileSync(part, readFileSync(compressed));
    renameSync(part, output);
  } finally {
    for (const file of [part, runtime]) rmSync(file, { force: true });
  }
}

async function tar(directory: string, names: readonly string[], time: number, output: string): Promise<void> {
  await execute(
    'tar',
    [
      ...['-C', directory, '--format=ustar', '--blocking-factor=1', '--sort=name'],
      ...['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX', `--mtime=@${time}`],
      ...['-cf', output, ...names],
    ],
    { env: { ...process.env, LC_ALL: 'C', TAR_OPTIONS: '' } },
  );
}

/** So that the entries of the next part go on where these end. */
function cutEnd(path: string): void {
  const content = readFileSync(path);
  const end = content.subarray(-END_BYTES);
  if (end.length !== END_BYTES || end.some((byte) => byte !== 0))
    throw new Error(`${path} does not end as a tar archive`);
  truncateSync(path, content.length - END_BYTES);
}

/** In place. One thread: with several the bytes depend on how many. */
async function compress(path: string): Promise<void> {
  const env = { ...process.env, XZ_OPT: '', XZ_DEFAULTS: '' };
  await execute('xz', ['-T1', '-9', '--check=crc64', '--suffix=.xz', path], { env });
  renameSync(`${path}.xz`, path);
}
