/** Asks the binder (tree-binder.ts): a process for each task, killed when its time is up. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runtimeCommand } from '@sluice/sys/runtime';
import type { BinderAnswer, BinderTask } from './tree-binder-messages.ts';

const KILLED_WITHIN_MS = 500;
const PROGRAM = fileURLToPath(new URL('./tree-binder.cjs', import.meta.url));

/** What was answered within `timeoutMs`, the closing `done` left out. `rootFd`: of the volume's source. */
export function askBinder(
  task: BinderTask,
  rootFd: number | 'ignore',
  timeoutMs: number,
): Promise<Exclude<BinderAnswer, { type: 'done' }>[]> {
  return new Promise((resolve) => {
    const answers: Exclude<BinderAnswer, { type: 'done' }>[] = [];
    // A group of its own: the terminal's Ctrl-C is for the supervisor.
    const runtime = runtimeCommand();
    const child = spawn(runtime.program, [...runtime.args, PROGRAM], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', rootFd],
    });
    let waitsFor = 2;
    const finish = (): void => {
      clearTimeout(timer);
      resolve(answers);
    };
    // Both, in either order: all it said has arrived, and its descriptors keep nothing busy any more.
    const oneLess = (): void => {
      if (--waitsFor === 0) finish();
    };
    // Who waits for an answer of the volume's server that does not come cannot even be killed: not waited for, either.
    let timer = setTimeout(() => {
      child.kill('SIGKILL');
      timer = setTimeout(finish, KILLED_WITHIN_MS);
    }, timeoutMs);
    child.on('message', (answer: BinderAnswer) => {
      if (answer.type !== 'done') answers.push(answer);
    });
    child.on('exit', oneLess);
    child.on('disconnect', oneLess);
    child.on('error', finish);
    child.send(task, (error) => {
      if (error !== null) finish();
    });
  });
}
