import { connect } from 'node:net';
import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { chooseSocket } from '../daemon-socket.ts';
import { CommandFailure } from '../exit-codes.ts';

/**
 * Runs on a device, under a root manager's shell: standard input goes to the control socket, what comes from there to
 * standard output. The control API travels through it where adbd may not enter the daemon's directory.
 */
export function addBridge(program: Command, start: Start): void {
  program.command('bridge', { hidden: true }).action(async (_options: object, command: Command) => {
    const { terminal } = start(command);
    const { socket } = command.optsWithGlobals<{ socket?: string }>();
    const { path } = chooseSocket(socket, terminal);
    await new Promise<void>((resolve, reject) => {
      const connection = connect(path);
      connection.once('error', (error: NodeJS.ErrnoException) => {
        reject(new CommandFailure(`no daemon answers at ${path} (${error.code ?? error.message})`));
      });
      connection.once('close', () => {
        // The other side may keep its end open for ever.
        process.stdin.destroy();
        resolve();
      });
      process.stdin.pipe(connection);
      connection.pipe(process.stdout);
    });
  });
}
