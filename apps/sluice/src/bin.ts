import { main } from './main.ts';
import { showsColour } from './terminal.ts';

// `sluice stats | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const terminal = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  colour: showsColour(process.stdout.isTTY === true, process.env),
  overwrites: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
  cwd: process.cwd(),
  env: process.env,
  uid: process.getuid?.() ?? 0,
  onInterrupt: (callback: () => void) => {
    process.on('SIGINT', callback);
    return () => void process.off('SIGINT', callback);
  },
};

void main(process.argv.slice(2), terminal).then((code) => {
  process.exitCode = code;
});
