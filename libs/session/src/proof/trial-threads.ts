/** The threads of a trial as its main thread sees them: started, and waited for within limits. */
import { Worker } from 'node:worker_threads';
import type { TrialThreadData } from './trial.ts';
import type { TrialResult } from './trial-report.ts';

export function startTrialThread(module: URL, data: TrialThreadData): Promise<TrialResult | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: data });
    let result: TrialResult | undefined;
    worker.on('message', (message: TrialResult) => (result = message));
    worker.on('error', reject);
    // Its work is waited for within limits (withTimeout), and a process that is done waits for nobody.
    worker.unref();
    worker.on('exit', () => {
      resolve(result);
    });
  });
}

export function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`trial: no answer in ${ms / 1000} s`));
    }, ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
