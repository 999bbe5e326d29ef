/**
 * How a program of ours starts another one of ours: through the very runtime it runs in. On a device without a C library
 * of its own, Node is started by the loader that comes with it (`ld-linux-aarch64.so.1 --library-path DIR DIR/node …`), and
 * `process.execPath` is that loader, which alone starts nothing. This module loads no native code.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface RuntimeCommand {
  program: string;
  /** Come before the program's own file. */
  args: readonly string[];
}

/** Of ld.so(8): the options that are followed by a word of their own. */
const WITH_WORD = /^--(library-path|inhibit-rpath|audit|preload|argv0|glibc-hwcaps-(prepend|mask))$/;

let known: RuntimeCommand | undefined;

/** To be followed by a bundle's file and its words. Throws as {@link readCommand}. */
export function runtimeCommand(): RuntimeCommand {
  return (known ??= readCommand(process.execPath, readFileSync('/proc/self/cmdline', 'utf8')));
}

/**
 * `execPath`: what the kernel runs. `commandLine`: of /proc/self/cmdline, each word ended by a NUL. Throws an Error where a
 * loader runs and the command line does not tell what it loaded.
 */
export function readCommand(execPath: string, commandLine: string): RuntimeCommand {
  if (!/^ld([-.].*)?\.so(\.|$)/.test(basename(execPath))) return { program: execPath, args: [] };
  const words = commandLine.split('\0').slice(1, -1);
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += WITH_WORD.test(words[at] ?? '') ? 2 : 1;
  if (words[at] === undefined)
    throw new Error(`${execPath} is a loader, and its command line does not tell which runtime it loaded`);
  return { program: execPath, args: words.slice(0, at + 1) };
}
