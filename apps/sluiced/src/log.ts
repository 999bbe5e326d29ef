/** The daemon's log: for people on the terminal, as JSON lines in a rotating file. Never on the serving path. */
import { join } from 'node:path';
import { createLogger, format, transports } from 'winston';
import type { Logger } from 'winston';

export type Log = Logger;

const FILE_BYTES = 5 * 1024 * 1024;
const FILES = 4;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** `consoleLevel`: what reaches the terminal; the file gets `level`. */
export function openLog(directory: string, level: LogLevel, consoleLevel: LogLevel): Log {
  const colours = process.stderr.isTTY && process.env['NO_COLOR'] === undefined;
  const line = format.printf(({ level: shown, message, timestamp }) => {
    return `${String(timestamp)} ${shown} ${String(message)}`;
  });
  return createLogger({
    level,
    transports: [
      new transports.Console({
        level: consoleLevel,
        stderrLevels: ['error', 'warn', 'info', 'debug'],
        format: format.combine(
          format.timestamp({ format: 'HH:mm:ss' }),
          ...(colours ? [format.colorize()] : []),
          line,
        ),
      }),
      new transports.File({
        filename: join(directory, 'sluiced.log'),
        maxsize: FILE_BYTES,
        maxFiles: FILES,
        tailable: true,
        format: format.combine(format.timestamp(), format.json()),
      }),
    ],
  });
}

/** Waits until what was logged is on its way to the file. */
export function closeLog(log: Log): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(resolve, 500);
    log.on('finish', () => {
      clearTimeout(giveUp);
      resolve();
    });
    log.end();
  });
}
