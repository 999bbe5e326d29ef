/** What a bundle says of itself: `manifest.json`, format 1 (docs/guides/device-layout.md). */
import { createHash } from 'node:crypto';
import { DeviceFailure } from './failure.ts';
import { RUNTIME_ID, VERSION_ID } from './layout.ts';

const MOST_FILES = 4096;
const MOST_FILE_BYTES = 1024 * 1024 * 1024;
export const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;

export type Cpu = 'arm64' | 'x64';

export interface BundleFile {
  /** Relative, components apart by `/`, none of them `.` or `..`. */
  path: string;
  size: number;
  /** Octal digits. */
  mode: string;
  /** 64 hexadecimal digits. */
  sha256: string;
}

export interface Manifest {
  /** `<version>-<12 digits of the SHA-256 of the text>`. */
  id: string;
  version: string;
  cpu: Cpu;
  runtimeId: string;
  files: BundleFile[];
}

/** @throws DeviceFailure `bad-bundle` for a manifest that is none, or that names what must not be written. */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(where, 'its manifest is not JSON');
  }
  if (!isRecord(value)) throw bad(where, 'its manifest is no object');
  const { format, version, cpu, runtime, files } = value;
  if (format !== 1)
    throw bad(where, `its manifest has format ${JSON.stringify(format)}, and this program knows 1`);
  const id = `${String(version)}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  if (typeof version !== 'string' || !VERSION_ID.test(id)) throw bad(where, 'its version is no version');
  if (cpu !== 'arm64' && cpu !== 'x64') throw bad(where, `it is for the CPU ${JSON.stringify(cpu)}`);
  const runtimeId = isRecord(runtime) ? runtime['id'] : undefined;
  if (typeof runtimeId !== 'string' || !RUNTIME_ID.test(runtimeId)) throw bad(where, 'its runtime has no id');
  if (!Array.isArray(files) || files.length === 0 || files.length > MOST_FILES)
    throw bad(where, `it must have 1 to ${MOST_FILES} files`);
  const checked = files.map((file: unknown) => checkFile(file, where));
  if (new Set(checked.map(({ path }) => path)).size !== checked.length)
    throw bad(where, 'it names a file twice');
  for (const needed of ['bin/sluiced', 'bin/sluice'])
    if (!checked.some(({ path }) => path === needed)) throw bad(where, `it has no ${needed}`);
  return { id, version, cpu, runtimeId, files: checked };
}

function checkFile(value: unknown, where: string): BundleFile {
  if (!isRecord(value)) throw bad(where, 'a file of its manifest is no object');
  const { path, size, mode, sha256 } = value;
  if (typeof path !== 'string' || !isPlainPath(path))
    throw bad(where, `${JSON.stringify(path)} is no path for a file`);
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > MOST_FILE_BYTES)
    throw bad(where, `${path} has the size ${JSON.stringify(size)}`);
  if (typeof mode !== 'string' || !/^[0-7]{3}$/.test(mode))
    throw bad(where, `${path} has the mode ${JSON.stringify(mode)}`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw bad(where, `${path} has no SHA-256`);
  return { path, size, mode, sha256 };
}

/** Below the bundle's directory, in letters that need no thought in any shell. */
function isPlainPath(path: string): boolean {
  return (
    path.length <= 512 &&
    /^[A-Za-z0-9_@+][A-Za-z0-9_@+.-]*(\/[A-Za-z0-9_@+][A-Za-z0-9_@+.-]*)*$/.test(path) &&
    /^(app|bin|runtime|licenses)\//.test(path)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(where: string, why: string): DeviceFailure {
  return new DeviceFailure('bad-bundle', `${where} is no bundle of Sluice: ${why}`, {
    advice: 'build it anew with npm run package',
  });
}
