import type { Command } from 'commander';
import type { ControlClient } from '@sluice/control';
import { reachSocket } from './device/reach-socket.ts';
import { EXIT } from './exit-codes.ts';
import { json, styleOf, type Style } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: the terminal, the options common to all, and a way to the daemon. */
export interface Context {
  terminal: Terminal;
  style: Style;
  /** `--json`: one JSON value instead of words for people. */
  asJson: boolean;
  print(text: string): void;
  printJson(value: unknown): void;
  /** Ends the command with this code when it is through. */
  exitWith(code: number): void;
  /** Connects, calls, hangs up. `deadlineMs` for calls that mount; absent: the client's own. */
  daemon<T>(use: (client: ControlClient) => Promise<T>, deadlineMs?: number): Promise<T>;
}

export interface CommonOptions {
  json?: boolean;
  socket?: string;
  /** `adb:SERIAL`: the daemon on that device. */
  context?: string;
}

export interface Outcome {
  code: number;
}

export function contextOf(command: Command, terminal: Terminal, outcome: Outcome): Context {
  const { json: asJson = false, ...where } = command.optsWithGlobals<CommonOptions>();
  outcome.code = EXIT.ok;
  return {
    terminal,
    style: styleOf(terminal),
    asJson,
    print: (text) => terminal.out(text),
    printJson: (value) => terminal.out(json(value)),
    exitWith: (code) => {
      outcome.code = code;
    },
    async daemon(use, deadlineMs) {
      const { connectControl } = await import('./connection.ts');
      const { path, close } = await reachSocket(where, terminal);
      const client = connectControl(path, deadlineMs === undefined ? {} : { deadlineMs });
      try {
        return await use(client);
      } finally {
        client.close();
        await close();
      }
    },
  };
}

/** Makes the context of the command that commander calls; each command begins with it. */
export type Start = (command: Command) => Context;
