/** Compiles the programs of this folder, which do what they do a million times and so are written in C. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../daemon.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Of all sources whose names begin with `subject`; the program's path. Throws with the compiler's words. */
export async function compileExerciser(
  subject: 'data' | 'storm' | 'tree',
  directory: string,
): Promise<string> {
  const program = join(directory, `${subject}-exerciser`);
  const sources = readdirSync(HERE).filter((name) => name.startsWith(subject) && name.endsWith('.c'));
  const options = ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program];
  const compiled = await run('cc', [...options, ...sources.map((name) => join(HERE, name))]);
  if (compiled.code !== 0)
    throw new Error(`an exerciser needs a C compiler, cc (Debian: apt-get install gcc): ${compiled.stderr}`);
  return program;
}
