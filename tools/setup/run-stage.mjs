/**
 * One program under a time limit, its output passed on as it comes. It gets a process group of its own, so that what it
 * started ends with it when it is late, and Ctrl-C is handed on to that group.
 */
import { spawn } from 'node:child_process';

/** How long what is late may take to unmount and remove its files. */
const GRACE_MS = 20_000;

/**
 * @param {string[]} command program and words
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, limitMs: number, say?: (text: string) => void }} options
 *   `say`: told why a stage that did not end by itself is not well
 * @returns {Promise<{ ok: boolean, code?: number }>} `ok`: it ended in time with exit code 0. `code`: how it ended by itself.
 *   Never rejects.
 */
export function runStage(
  [program, ...words],
  { cwd, env, limitMs, say = (text) => process.stdout.write(text) },
) {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    let ending;
    const limit = setTimeout(() => {
      say(`stopped: not done within ${limitMs / 1000} s\n`);
      ending = endGroup(child.pid);
    }, limitMs);
    const handOn = (signal) => signalGroup(child.pid, signal);
    const end = async (ok, code) => {
      clearTimeout(limit);
      await ending;
      process.off('SIGINT', handOn).off('SIGTERM', handOn);
      resolve({ ok, code });
    };
    process.on('SIGINT', handOn).on('SIGTERM', handOn);
    child.on('error', (error) => {
      say(`${program} cannot be run: ${error.message}\n`);
      void end(false);
    });
    child.on('exit', (code) => {
      void end(code === 0, code ?? undefined);
    });
  });
}

/** Resolves once nobody of the group is left, or had longer than anything needs. */
async function endGroup(group) {
  const deadline = Date.now() + GRACE_MS;
  signalGroup(group, 'SIGTERM');
  while (signalGroup(group, 0) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100));
  signalGroup(group, 'SIGKILL');
}

/** False if nobody is left to get it. 0 only asks. */
function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
