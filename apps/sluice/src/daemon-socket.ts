import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Terminal } from './terminal.ts';

export interface SocketChoice {
  path: string;
  /** Who named it, for the sentence that says which socket was tried. */
  from: string;
}

/** `--socket`, else SLUICE_SOCKET, else the default state directory's: `.sluice` in the root of the repository. */
export function chooseSocket(option: string | undefined, terminal: Terminal): SocketChoice {
  if (option) return { path: resolve(terminal.cwd, option), from: 'named by --socket' };
  const variable = terminal.env['SLUICE_SOCKET'];
  if (variable) return { path: resolve(terminal.cwd, variable), from: 'named by SLUICE_SOCKET' };
  // Both src/ and dist/ lie three folders down.
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  return { path: join(root, '.sluice', 'control.sock'), from: 'the default' };
}

/** How to start the daemon: a bundle says by SLUICE_COMMAND how its command is called, and its daemon lies beside that. */
export function startingHint({ env }: Terminal): string {
  const command = env['SLUICE_COMMAND'];
  return command === undefined || command === ''
    ? 'npm start'
    : `${join(dirname(command), 'sluiced')}, or from a computer with sluice device start`;
}
