/**
 * One word for the device's shell, whatever is in it. Between single quotes a POSIX shell takes every character for
 * itself; a single quote ends them, stands there escaped, and they begin again. mksh, toysh and ash agree.
 *
 * @throws RangeError for a NUL, which no argument of a program can hold.
 */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('an argument cannot hold a NUL character');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) && !/^[=~]/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command of such words. */
export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
