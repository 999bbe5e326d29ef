/**
 * Brings a version onto the device without touching what is in use: into directories ending in `.part`, checked by
 * SHA-256 there, renamed when all is right. What an earlier attempt brought is kept and not sent again.
 */
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Bundle } from './bundle.ts';
import { DeviceFailure } from './failure.ts';
import { hashesBeneath, type Installed } from './installed.ts';
import { BASE, PLACES } from './layout.ts';
import type { BundleFile } from './manifest.ts';
import type { RootShell } from './root-shell.ts';
import { shellWord } from './shell-quote.ts';

/** Programs are text and shrink to a quarter; the runtime is one large file, and a cable is faster than unpacking it. */
const GZIP = { fewest: 16 * 1024, most: 16 * 1024 * 1024 };
const ROOM_TO_SPARE_BYTES = 16 * 1024 * 1024;
const PUSH_WITHIN_MS = 600_000;
const PER_SCRIPT = 100;

export interface Staged {
  /** Files sent, and what of them went over the connection, compressed or not. */
  sentFiles: number;
  sentBytes: number;
  /** Files that were there already, in this attempt, an earlier one, or another version. */
  keptFiles: number;
}

/** `done` and `total` in bytes of files as they lie here. */
export type OnProgress = (progress: { done: number; total: number; file: string }) => void;

interface Part {
  /** Where it will be, and where it lies until it is whole. */
  target: string;
  part: string;
  /** With the path below the directory. */
  files: { path: string; file: BundleFile }[];
  /** A directory with the same files, or some of them. */
  twin: string | undefined;
}

export async function stage(
  root: RootShell,
  bundle: Bundle,
  installed: Installed,
  freeBytes: number,
  onProgress: OnProgress,
): Promise<Staged> {
  const { id, runtimeId } = bundle.manifest;
  const files = [...bundle.manifest.files, bundle.manifestFile];
  const beneath = (path: string): boolean => path.startsWith('runtime/');
  const parts = [
    partOf(
      `${PLACES.runtime}/${runtimeId}`,
      files
        .filter(({ path }) => beneath(path))
        .map((file) => ({ path: file.path.slice('runtime/'.length), file })),
      undefined,
    ),
    partOf(
      `${PLACES.versions}/${id}`,
      files.filter(({ path }) => !beneath(path)).map((file) => ({ path: file.path, file })),
      installed.current === undefined ? undefined : `${PLACES.versions}/${installed.current}`,
    ),
  ];
  const missing: { part: Part; send: Part['files']; copy: Part['files'] }[] = [];
  for (const part of parts) {
    const there = await hashesBeneath(root, part.target);
    if (part.files.length > 0 && isWhole(part, there)) continue;
    const staged = await hashesBeneath(root, part.part);
    const twin = part.twin === undefined ? new Map<string, string>() : await hashesBeneath(root, part.twin);
    const absent = part.files.filter(({ path, file }) => staged.get(path) !== file.sha256);
    const inTwin = ({ path, file }: Part['files'][number]): boolean => twin.get(path) === file.sha256;
    missing.push({ part, send: absent.filter((entry) => !inTwin(entry)), copy: absent.filter(inTwin) });
  }
  const needed = missing
    .flatMap(({ send, copy }) => [...send, ...copy])
    .reduce((sum, { file }) => sum + file.size, 0);
  if (needed + ROOM_TO_SPARE_BYTES > freeBytes) throw noSpace(root.serial, needed, freeBytes);
  const total = missing.flatMap(({ send }) => send).reduce((sum, { file }) => sum + file.size, 0);
  const result: Staged = { sentFiles: 0, sentBytes: 0, keptFiles: files.length };
  let done = 0;
  try {
    for (const { part, send, copy } of missing) {
      await prepare(root, part, copy);
      for (const { path, file } of send) {
        const told = (bytes: number): void => {
          onProgress({ done: done + bytes, total, file: file.path });
        };
        result.sentBytes += await push(root, bundle.pathOf(file), `${part.part}/${path}`, file, told);
        done += file.size;
        result.sentFiles++;
        result.keptFiles--;
      }
      await finish(root, part, bundle);
    }
  } catch (error) {
    if (error instanceof DeviceFailure && error.kind === 'no-space') await discard(root, parts);
    throw error;
  }
  return result;
}

function partOf(target: string, files: Part['files'], twin: string | undefined): Part {
  return { target, part: `${target}.part`, files, twin };
}

function isWhole({ files }: Part, there: ReadonlyMap<string, string>): boolean {
  return files.every(({ path, file }) => there.get(path) === file.sha256);
}

async function prepare(root: RootShell, { part, twin, files }: Part, copy: Part['files']): Promise<void> {
  const directories = new Set(
    files.map(({ path }) => path.split('/').slice(0, -1).join('/')).filter(Boolean),
  );
  const purpose = 'the preparation of the new version';
  const make = [...directories].map((path) => shellWord(`${part}/${path}`)).join(' ');
  await root.text(`umask 022; mkdir -p -m 700 ${BASE} && mkdir -p ${shellWord(part)} ${make}`, { purpose });
  for (let at = 0; at < copy.length; at += PER_SCRIPT) {
    const lines = copy
      .slice(at, at + PER_SCRIPT)
      .map(
        ({ path }) => `cp ${shellWord(`${twin ?? ''}/${path}`)} ${shellWord(`${part}/${path}`)} || exit 1`,
      );
    await root.text(lines.join('\n'), { purpose });
  }
}

/** How many bytes went over the connection. */
async function push(
  root: RootShell,
  from: string,
  to: string,
  { path, size }: BundleFile,
  told: (bytes: number) => void,
): Promise<number> {
  const zipped = size >= GZIP.fewest && size <= GZIP.most;
  let read = 0;
  let sent = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      told((read += chunk.length));
      next(null, chunk);
    },
  });
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      sent += chunk.length;
      next(null, chunk);
    },
  });
  const source = createReadStream(from, { highWaterMark: 256 * 1024 });
  const passed = source.pipe(counted);
  const input = (zipped ? passed.pipe(createGzip()) : passed).pipe(counting);
  source.once('error', (error) => input.destroy(error));
  const receive = zipped ? 'gzip -dc' : 'cat';
  await root.text(`umask 022; ${receive} > ${shellWord(to)}`, {
    input,
    timeoutMs: PUSH_WITHIN_MS,
    purpose: `the push of ${path}`,
  });
  return sent;
}

/** Checks what lies there as it lies there, sets modes, and gives it its name; on the disk before that. */
async function finish(root: RootShell, { target, part, files }: Part, bundle: Bundle): Promise<void> {
  const there = await hashesBeneath(root, part);
  const wrong = files.find(({ path, file }) => there.get(path) !== file.sha256);
  if (wrong !== undefined)
    throw new DeviceFailure(
      'command-failed',
      `${wrong.file.path} did not arrive on ${root.serial} as it was sent`,
      {
        advice: 'repeat the command; if it happens again, the cable or the storage is at fault',
      },
    );
  const { runtimeId } = bundle.manifest;
  const lines = files.map(({ path, file }) => `chmod ${file.mode} ${shellWord(`${part}/${path}`)} || exit 1`);
  for (let at = 0; at < lines.length; at += PER_SCRIPT)
    await root.text(lines.slice(at, at + PER_SCRIPT).join('\n'), { purpose: 'the setting of modes' });
  if (target.startsWith(`${PLACES.versions}/`)) {
    await root.text(
      `rm -f ${shellWord(`${part}/runtime`)}; ln -s ../../runtime/${runtimeId} ${shellWord(`${part}/runtime`)}`,
      { purpose: 'the link to the runtime' },
    );
  }
  // A directory in the way is a damaged one: the daemon that may run from it keeps its files open.
  const [old, aside] = [shellWord(target), shellWord(`${target}.damaged.part`)];
  await root.text(
    `sync
if [ -e ${old} ]; then rm -rf ${aside}; mv ${old} ${aside} || exit 1; fi
mv ${shellWord(part)} ${old} || exit 1
rm -rf ${aside}
sync`,
    { purpose: 'the naming of the new version', timeoutMs: 180_000 },
  );
}

async function discard(root: RootShell, parts: readonly Part[]): Promise<void> {
  await root.run(`rm -rf ${parts.map(({ part }) => shellWord(part)).join(' ')}`, {
    purpose: 'the cleaning up',
  });
}

function noSpace(serial: string, needed: number, free: number): DeviceFailure {
  const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
  return new DeviceFailure(
    'no-space',
    `${serial} has ${mib(free)} free on /data, and ${mib(needed + ROOM_TO_SPARE_BYTES)} are needed`,
    { advice: 'free some space on the device and repeat the command' },
  );
}
