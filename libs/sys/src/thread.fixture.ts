/** Runs JavaScript in a worker thread that has loaded the addon on its own. */
import { Worker } from 'node:worker_threads';
import { nativeAddonPath } from './load.ts';

const PROLOGUE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const sys = require(workerData.addon);
  const input = workerData.input;
  const done = (value) => parentPort.postMessage(value);
`;

/** The value that `source` hands to `done`, with `sys` and `input` in its scope. Rejects if it throws or never does. */
export function inThread<T>(source: string, input: unknown = null): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROLOGUE + source, {
      eval: true,
      workerData: { addon: nativeAddonPath(), input },
    });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the thread ended with ${code} and no value`)));
  });
}
