/**
 * Files that a process of its own holds open, and what that process is told when it uses them: what an app sees while
 * names, policies and daemons change behind it.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const PROGRAM = `const fs = require('node:fs');
const act = {
  open: ({ path, flags }) => fs.openSync(path, flags),
  read: ({ fd }) => {
    const buffer = Buffer.alloc(65536);
    return buffer.toString('utf8', 0, fs.readSync(fd, buffer, 0, buffer.length, 0));
  },
  write: ({ fd, text, at }) => fs.writeSync(fd, text, at),
  size: ({ fd }) => fs.fstatSync(fd).size,
  close: ({ fd }) => fs.closeSync(fd),
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = { value: act[question.act](question) };
  } catch (error) {
    answer = { error: error.code };
  }
  process.stdout.write(JSON.stringify(answer) + '\\n');
});`;
const ANSWER_WITHIN_MS = 20_000;

export interface HeldFile {
  /** From the beginning, 64 KiB at most. Rejects with the errno's name, as all here. */
  read(): Promise<string>;
  write(text: string, at: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Holder {
  open(path: string, flags: number): Promise<HeldFile>;
  /** Ends the process, and with it all that it holds. */
  end(): Promise<void>;
}

export function startHolder(): Holder {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.on('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: object): Promise<unknown> => {
    const late = setTimeout(() => child.kill('SIGKILL'), ANSWER_WITHIN_MS);
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await lines.next();
    clearTimeout(late);
    if (line.done === true) throw new Error(`no answer to ${JSON.stringify(question)}`);
    const answer = JSON.parse(line.value) as { value?: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  };
  return {
    open: async (path, flags) => {
      const fd = await ask({ act: 'open', path, flags });
      return {
        read: async () => String(await ask({ act: 'read', fd })),
        write: async (text, at) => {
          await ask({ act: 'write', fd, text, at });
        },
        size: async () => Number(await ask({ act: 'size', fd })),
        close: async () => {
          await ask({ act: 'close', fd });
        },
      };
    },
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** One file, held by one process until it is closed. */
export async function holdOpen(path: string, flags: number): Promise<HeldFile> {
  const holder = startHolder();
  try {
    return { ...(await holder.open(path, flags)), close: () => holder.end() };
  } catch (error) {
    await holder.end();
    throw error;
  }
}
