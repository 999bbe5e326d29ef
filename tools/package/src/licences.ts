/** The licences of the npm packages that went into bundles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;
const RULE = '='.repeat(80);

/** The directories of the packages that these files are from, sorted: the innermost where packages hold packages. */
export function packageDirectories(inputs: readonly string[]): string[] {
  const found = new Set<string>();
  for (const input of inputs) {
    const directory = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (directory !== undefined) found.add(directory);
  }
  return [...found].sort();
}

/** One text for all of them. Throws an Error that names a package without any word about its licence. */
export function licenceTexts(root: string, directories: readonly string[]): string {
  const parts = directories.map((directory) => {
    const at = join(root, directory);
    const about = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const files = readdirSync(at)
      .filter((name) => LICENCE_FILE.test(name))
      .sort();
    if (files.length === 0 && about.license === undefined) {
      throw new Error(`${at} has neither a licence file nor a license in its package.json`);
    }
    const texts = files.map((name) => readFileSync(join(at, name), 'utf8').trimEnd());
    const heading = `${about.name} ${about.version} (${about.license ?? 'see below'})`;
    const note = files.length === 0 ? ['The package brings no text of it.'] : [];
    return [RULE, heading, RULE, ...texts, ...note].join('\n');
  });
  return `${parts.join('\n\n')}\n`;
}
