/** The two steps between a clone and a running daemon: packages installed, programs built. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, isInstalled, noteBuilt } from './freshness.mjs';
import { missingRequirement } from './requirements.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** nx without a background process, cloud, or files outside of the repository; plugins in its own process are faster. */
export const NX_ENVIRONMENT = {
  NX_DAEMON: 'false',
  NX_ISOLATE_PLUGINS: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_SKIP_NATIVE_FILE_CACHE: 'true',
};

/**
 * @param {{ start?: boolean, force?: boolean }} purpose
 * @returns {string | undefined} why the clone is not ready, in one sentence; undefined if it is.
 */
export function prepare({ start = false, force = false }) {
  const mustInstall = !isInstalled(ROOT);
  const mustBuild = mustInstall || force || !isBuilt(ROOT, process.arch);
  const missing = missingRequirement(
    { start, build: mustBuild },
    { env: process.env, uid: process.getuid?.(), platform: process.platform },
  );
  if (missing !== undefined) return missing;
  return (mustInstall ? install() : undefined) ?? (mustBuild ? build(force) : undefined);
}

function install() {
  process.stderr.write('Installing packages ...\n');
  // The npm that runs this script, if one does. What is built here is needed whatever NODE_ENV says, and no package's
  // own install script is: each ships its program for this CPU as a package.
  const npm = process.env.npm_execpath;
  const [program, ...words] = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  const { status, signal } = spawnSync(
    program,
    [...words, 'ci', '--include=dev', '--include=optional', '--ignore-scripts', '--loglevel=error'],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status === 0) return undefined;
  return `The packages could not be installed (npm ci: ${signal ?? `exit code ${status ?? 'none, npm is not on the PATH'}`}): mend what npm says above and run the same command again.`;
}

function build(force) {
  process.stderr.write('Building ...\n');
  const begun = new Date();
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/nx/dist/bin/nx.js'),
      ...['run-many', '-t', 'build', '--output-style=stream'],
      ...(force ? ['--skip-nx-cache'] : []),
    ],
    {
      cwd: ROOT,
      env: { ...process.env, ...NX_ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  if (status === 0) {
    noteBuilt(ROOT, begun);
    return undefined;
  }
  process.stderr.write(`${stdout}${stderr}`);
  return `The programs could not be built (nx: ${signal ?? `exit code ${status}`}): the messages above say why.`;
}
