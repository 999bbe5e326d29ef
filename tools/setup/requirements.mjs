/** What must be there before anything is installed or built. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const COMPILERS = ['cc', 'gcc', 'clang'];
/** Mount for those who are not root. */
const MOUNTERS = ['fusermount3', 'fusermount'];

/**
 * The first requirement that is not met, as one sentence with its remedy; undefined if all are.
 *
 * @param {{ start: boolean, build: boolean }} purpose `start`: the daemon will mount; `build`: native code will be compiled.
 * @param {{ env: NodeJS.ProcessEnv, uid: number | undefined, platform: string }} host
 * @returns {string | undefined}
 */
export function missingRequirement(purpose, host) {
  if (host.platform !== 'linux') return `Sluice runs on Linux only, and this is ${host.platform}.`;
  // An older program would do, but who starts without root would wait for a build in vain.
  if (purpose.start && host.uid !== 0 && !MOUNTERS.some((program) => isOnPath(program, host.env))) {
    return (
      'Sluice mounts file systems, which needs root or, without passthrough, the program fusermount3: ' +
      'run the same command again with sudo, or install the package fuse3 with "apt-get install fuse3".'
    );
  }
  return purpose.build ? missingCompiler(host.env) : undefined;
}

/** `CC` may hold flags as well, as in `CC="clang -m64"`. */
function missingCompiler(env) {
  const named = (env.CC ?? '').split(' ').filter(Boolean);
  if (named.length > 0) {
    return runs(named, env)
      ? undefined
      : `The C compiler named by CC, "${named.join(' ')}", does not run: correct or unset CC.`;
  }
  return COMPILERS.some((program) => runs([program], env))
    ? undefined
    : 'Sluice needs a C compiler (cc, gcc or clang) and found none: install one with "apt-get install gcc".';
}

function runs([program, ...flags], env) {
  return spawnSync(program, [...flags, '--version'], { env, stdio: 'ignore' }).status === 0;
}

function isOnPath(program, env) {
  return (env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}
