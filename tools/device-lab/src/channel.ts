/** The host's side of guest/agent.py: requests and answers, a line of JSON each, over the machine's port. */
import type { Socket } from 'node:net';
import { LabFailure } from './failure.ts';

export interface GuestResult {
  /** The exit code; 128 and the signal's number if a signal ended it, 127 if it could not be started. */
  code: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  /** An output was longer than the agent keeps: its beginning is lost. */
  cut: boolean;
}

export interface GuestCommand {
  argv: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Seconds. */
  timeout: number;
}

/** Splits a stream into lines, whatever pieces it comes in. */
export class LineReader {
  #pending = '';

  push(chunk: string): string[] {
    const lines = (this.#pending + chunk).split('\n');
    this.#pending = lines.pop() ?? '';
    return lines;
  }
}

interface Answer {
  id: number;
  code: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  cut: boolean;
}

/** Seconds beyond a command's own limit that its answer may take. */
const GRACE_SECONDS = 60;

export class Channel {
  /** The kernel's release, once the agent is there. Rejects when the machine ends before. */
  readonly ready: Promise<string>;
  readonly #socket: Socket;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  >();
  #next = 1;
  #ended: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const lines = new LineReader();
    let announce: (release: string) => void;
    let giveUp: (error: Error) => void;
    this.ready = new Promise((resolve, reject) => {
      announce = resolve;
      giveUp = reject;
    });
    // Whoever does not ask must not be told of a failure either.
    this.ready.catch(() => undefined);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      for (const line of lines.push(chunk)) {
        const message = JSON.parse(line) as Answer | { ready: string };
        if ('ready' in message) announce(message.ready);
        else this.#settle(message);
      }
    });
    const end = (): void => {
      this.#ended = new LabFailure('the machine has ended');
      giveUp(this.#ended);
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
    };
    socket.on('error', end).on('close', end);
  }

  async run(command: GuestCommand): Promise<GuestResult> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = this.#next++;
    const answered = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.write(`${JSON.stringify({ id, ...command })}\n`);
    const late = setTimeout(
      () => {
        this.#waiting
          .get(id)
          ?.reject(new LabFailure(`no answer from the machine: ${command.argv.join(' ')}`));
        this.#waiting.delete(id);
      },
      (command.timeout + GRACE_SECONDS) * 1000,
    );
    try {
      const { code, stdout, stderr, timedOut, cut } = await answered;
      return { code, stdout: fromBase64(stdout), stderr: fromBase64(stderr), timedOut, cut };
    } finally {
      clearTimeout(late);
    }
  }

  /** Asks the machine to switch itself off. */
  end(): void {
    if (this.#ended === undefined) this.#socket.write('{"end": true}\n');
  }

  #settle(answer: Answer): void {
    this.#waiting.get(answer.id)?.resolve(answer);
    this.#waiting.delete(answer.id);
  }
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
