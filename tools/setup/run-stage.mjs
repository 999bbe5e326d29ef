/**
 * One program under a time limit, its output passed on as it comes. It gets a process group of its own, so that what it
 * started ends with it when it is late, and Ctrl-C is handed on to that group.
 */
import { spawn } from 'node:child_process';

/** How long what is late may take to unmount and remove its files. */
const GRACE_MS = 20_000;

/**
 * @param {string[]} command program and words
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, limitMs: number }} options
 * @returns {Promise<{ ok: boolean }>} `ok`: it ended in time with exit code 0. Never rejects.
 */
export function runStage([program, ...words], { cwd, env, limitMs }) {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const signalGroup = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // All of them ended meanwhile.
      }
    };
    let grace;
    const limit = setTimeout(() => {
      process.stdout.write(`stopped: not done within ${limitMs / 1000} s\n`);
      signalGroup('SIGTERM');
      grace = setTimeout(signalGroup, GRACE_MS, 'SIGKILL');
    }, limitMs);
    const handOn = (signal) => {
      signalGroup(signal);
      process.exitCode = 1;
    };
    const end = (ok) => {
      clearTimeout(limit);
      clearTimeout(grace);
      process.off('SIGINT', handOn).off('SIGTERM', handOn);
      resolve({ ok });
    };
    process.on('SIGINT', handOn).on('SIGTERM', handOn);
    child.on('error', (error) => {
      process.stdout.write(`${program} cannot be run: ${error.message}\n`);
      end(false);
    });
    child.on('exit', (code) => {
      end(code === 0);
    });
  });
}
