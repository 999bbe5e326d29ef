import { formatBytes } from '../units.ts';
import type { Terminal } from '../terminal.ts';

const WIDTH = 24;

export interface Progress {
  /** A step begins. */
  step(words: string): void;
  /** How far the step is: bytes of all. */
  at(done: number, total: number, what: string): void;
  /** Ends the line of a bar. */
  end(): void;
}

/** A bar on a screen; elsewhere a line for each step and each quarter. Always on standard error. */
export function progressOf(terminal: Terminal, silent: boolean): Progress {
  const nothing = (): void => undefined;
  if (silent) return { step: nothing, at: nothing, end: nothing };
  return terminal.overwrites === true ? bar(terminal) : lines(terminal);
}

function bar({ err }: Terminal): Progress {
  let drawn = false;
  const clear = (): void => {
    if (drawn) err('\r\x1b[K');
    drawn = false;
  };
  return {
    step: (words) => {
      clear();
      err(`${words} ...\n`);
    },
    at: (done, total, what) => {
      const share = total === 0 ? 1 : done / total;
      const full = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
      err(`\r\x1b[K[${full}] ${formatBytes(done)} of ${formatBytes(total)}  ${what.slice(-32)}`);
      drawn = true;
    },
    end: clear,
  };
}

function lines({ err }: Terminal): Progress {
  let quarter = 0;
  return {
    step: (words) => {
      quarter = 0;
      err(`${words}\n`);
    },
    at: (done, total) => {
      const now = total === 0 ? 4 : Math.floor((4 * done) / total);
      if (now <= quarter) return;
      quarter = now;
      err(`  ${formatBytes(done)} of ${formatBytes(total)}\n`);
    },
    end: () => undefined,
  };
}
