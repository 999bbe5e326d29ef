/** Where a command reads its surroundings and writes its words: the process, or a test. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` goes to a person's screen that shows colours. */
  colour: boolean;
  /** Whether `err` goes to a screen where a line can be written over: progress is a bar there. */
  overwrites?: boolean;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  /** Calls back at Ctrl-C, which then does not end the process, until what it returns is called. */
  onInterrupt(callback: () => void): () => void;
}

/** Colour is for screens only; NO_COLOR, if not empty, says no to it. */
export function showsColour(isTerminal: boolean, env: Terminal['env']): boolean {
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/**
 * Text from the daemon (paths, names, messages) made harmless: file names may hold escape sequences, which a
 * terminal would obey. Line feeds go too, since each such text stands inside a line.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
