/** The daemon: reads what to serve, serves it, and unmounts when told to stop. */
import './small-memory.ts';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlError, DEFAULT_STORAGE_OPTIONS, startControlServer } from '@sluice/control';
import type { ControlServer, StorageOptions, VolumeSpec } from '@sluice/control';
import { PRESETS } from '@sluice/policy';
import { banner } from './banner.ts';
import { parseCommandLine } from './command-line.ts';
import type { CommandLine } from './command-line.ts';
import type { Config } from './config.ts';
import { prepareDemo } from './demo.ts';
import { StartFailure } from './failure.ts';
import { closeLog, openLog } from './log.ts';
import type { Log } from './log.ts';
import { DEFAULT_PACKAGES_FILE, PackagesFile } from './packages-file.ts';
import type { PackageTable } from './packages-file.ts';
import { openStateDirectory } from './state-directory.ts';
import { Supervisor } from './supervisor.ts';

const DEFAULT_TIMEOUT_SECONDS = 1;
/** Both src/ and dist/ lie three folders below the repository's root. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

interface Wanted {
  spec: VolumeSpec;
  policyName: string;
}

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2));
  if (line === undefined) return;
  const config = line.config === undefined ? undefined : await loadConfig(line.config);
  const state = openStateDirectory(resolve(line.state ?? config?.state ?? join(ROOT, '.sluice')));
  const log = openLog(state.logs, config?.logLevel ?? line.logLevel, 'warn');
  const supervisor = new Supervisor(state, log);
  const packages = openPackages(line.packages ?? config?.packages, log, (table) => {
    supervisor.setPackages(table);
  });
  supervisor.setPackages(packages?.table);
  let server: ControlServer | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      packages?.close();
      await supervisor.shutDown();
      await server?.close();
      log.info('stopped');
      await closeLog(log);
      state.unlock();
    })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      void stop().then(() => process.exit(0));
    });
  }
  try {
    for (const { spec, policyName } of wantedVolumes(line, config, state.path)) {
      await supervisor.addVolume(spec, policyName, true);
      if (stopping !== undefined) return;
    }
    server = await startControlServer({
      socketPath: state.socket,
      backend: supervisor,
      // Root may do as it likes in any case.
      allowedUids: [0, process.getuid?.() ?? 0],
      log: (level, message) => log.log(level, message),
    });
  } catch (error) {
    await stop();
    throw error instanceof ControlError
      ? new StartFailure(exitCodeOf(error), sentence(error.message))
      : error;
  }
  packages?.watch();
  const status = await supervisor.status();
  log.info(`ready, pid ${process.pid}`);
  process.stdout.write(banner(status, firstSteps(status.volumes[0]?.mountPoint, line)));
}

/** The schema library is 3 MB of memory that a daemon without a configuration file does not need. */
async function loadConfig(file: string): Promise<Config> {
  const { readConfig } = await import('./config.ts');
  return readConfig(file);
}

function wantedVolumes(line: CommandLine, config: Config | undefined, state: string): Wanted[] {
  if (config !== undefined) {
    return config.volumes.map((entry) => ({
      spec: {
        name: entry.name ?? '',
        source: entry.source,
        mountPoint: entry.mount,
        ...policyOption(entry.policy, dirname(resolve(line.config ?? '.'))),
        timeoutSeconds: entry.timeout ?? DEFAULT_TIMEOUT_SECONDS,
        workers: entry.workers ?? 0,
        storage: storageOptions(entry),
      },
      policyName: entry.policy ?? '',
    }));
  }
  const demo = line.source === undefined ? prepareDemo(join(state, 'demo')) : undefined;
  return [
    {
      spec: {
        name: line.name ?? (demo === undefined ? '' : 'demo'),
        source: demo?.lower ?? resolve(line.source ?? '.'),
        mountPoint: demo?.mountPoint ?? resolve(line.mount ?? '.'),
        ...policyOption(line.policy, process.cwd()),
        timeoutSeconds: line.timeout ?? DEFAULT_TIMEOUT_SECONDS,
        workers: line.workers ?? 0,
        storage: storageOptions(line),
      },
      policyName: line.policy ?? '',
    },
  ];
}

type StorageName = 'engine' | 'ownership' | 'locks' | 'acl' | 'idmap' | 'suid' | 'dev' | 'descriptors';
type GivenStorage = { [Name in StorageName]?: CommandLine[Name] | undefined };

function storageOptions(given: GivenStorage): StorageOptions {
  const standard = DEFAULT_STORAGE_OPTIONS;
  return {
    engine: given.engine ?? standard.engine,
    ownership: given.ownership ?? standard.ownership,
    locks: given.locks ?? standard.locks,
    acl: given.acl ?? standard.acl,
    idmap: given.idmap ?? standard.idmap,
    suid: given.suid ?? standard.suid,
    dev: given.dev ?? standard.dev,
    cachedDescriptors: given.descriptors ?? standard.cachedDescriptors,
  };
}

/** A file that exists goes before a preset of the same name. */
function policyOption(given: string | undefined, directory: string): { policy: string } {
  if (given === undefined) return { policy: '' };
  const file = resolve(directory, given);
  if (existsSync(file) && statSync(file).isFile()) return { policy: readFileSync(file, 'utf8') };
  if (Object.hasOwn(PRESETS, given)) return { policy: given };
  const presets = Object.keys(PRESETS).join(', ');
  throw new StartFailure(2, `The policy ${given} is neither a file nor a preset (${presets}).`);
}

/** The list that was named, or Android's own where there is one. Undefined: rules about packages match nobody. */
function openPackages(
  named: string | undefined,
  log: Log,
  onChange: (table: PackageTable | undefined) => void,
): PackagesFile | undefined {
  const file = named === undefined ? DEFAULT_PACKAGES_FILE : resolve(named);
  if (named === undefined && !existsSync(file)) return undefined;
  const packages = new PackagesFile(file, log, () => {
    onChange(packages.table);
  });
  return packages;
}

function exitCodeOf(error: ControlError): 1 | 2 {
  return error.code === 'invalid_argument' ? 2 : 1;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function firstSteps(mountPoint: string | undefined, line: CommandLine): string[] {
  if (mountPoint === undefined) return [];
  // Where the daemon was installed, what started it says how the command is called.
  const sluice =
    process.env['SLUICE_COMMAND'] ??
    `npx sluice${line.state === undefined ? '' : ` --socket ${join(line.state, 'control.sock')}`}`;
  const place = relative(process.cwd(), mountPoint) || mountPoint;
  const steps = [`ls ${place}`, `${sluice} status`, `${sluice} stats`];
  const example = join(mountPoint, 'DCIM/Camera/video-0001.mp4');
  if (basename(mountPoint) === 'mount' && line.source === undefined) {
    steps.splice(
      1,
      0,
      `cat ${relative(process.cwd(), example)} > /dev/null`,
      `${sluice} explain DCIM/Camera/video-0001.mp4`,
    );
  }
  steps.push(`${sluice} policy apply all`);
  return steps;
}

main().catch((error: unknown) => {
  if (error instanceof StartFailure) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `sluiced failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
