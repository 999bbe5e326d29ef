/** Questions to a volume server, and its answers: each question has a number, and an answer within its time or a refusal. */
import type { ChildProcess } from 'node:child_process';
import { ControlError } from '@sluice/control';
import type { FromServer, ToServer } from './messages.ts';

const ANSWER_TIMEOUT_MS = 8000;

type Question = Extract<ToServer, { id: number }>;
type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;

export class VolumeChannel {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: FromServer) => void>();
  #nextId = 1;

  /** `take`: gets what is no answer. */
  constructor(child: ChildProcess, take: (message: FromServer) => void) {
    this.#child = child;
    child.on('exit', () => this.fail('its process has ended'));
    child.on('message', (message: FromServer) => {
      const id = 'id' in message ? message.id : STARTED;
      const answer = this.#answers.get(id);
      const isAnswer = 'id' in message || AT_START.includes(message.type);
      if (!isAnswer) take(message);
      else {
        this.#answers.delete(id);
        answer?.(message);
      }
    });
  }

  get isConnected(): boolean {
    return this.#child.connected;
  }

  send(message: ToServer): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** Rejects with a {@link ControlError} if the answer is another one, or does not come in time. */
  async ask<Type extends FromServer['type']>(
    question: WithoutId<Question>,
    type: Type,
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<Extract<FromServer, { type: Type }>> {
    if (!this.isConnected) throw new ControlError('unavailable', 'the volume server is gone');
    const id = this.#nextId++;
    const waiting = this.answer(id, timeoutMs);
    this.send({ ...question, id } as Question);
    const answer = await waiting;
    if (answer.type === type) return answer as Extract<FromServer, { type: Type }>;
    if (answer.type === 'refused') throw new ControlError('failed_precondition', answer.reason);
    const why = answer.type === 'failed' ? answer.reason : `the volume server answered ${answer.type}`;
    throw new ControlError('unavailable', why);
  }

  /** The next answer to question `id`. */
  answer(id: number, timeoutMs: number): Promise<FromServer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(id);
        reject(new ControlError('unavailable', `the volume server did not answer in ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#answers.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }

  /** Nobody will answer any more. */
  fail(reason: string): void {
    for (const answer of this.#answers.values()) answer({ type: 'failed', reason });
    this.#answers.clear();
  }
}

/** Answers to the start, and to an order to mount. */
const AT_START: readonly FromServer['type'][] = ['prepared', 'mounted', 'failed'];

/** The number of the question that starting the server is. */
export const STARTED = 0;
