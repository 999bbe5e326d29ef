/** Which module files a machine needs, and in which order they load. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabFailure } from './failure.ts';
import { execute } from './programs.ts';

/** A module without its compression, ready for insmod. */
export interface ModuleFile {
  name: string;
  content: Buffer;
}

/** Where modules come from: a kernel package, or a fake one in tests. */
export interface ModuleSource {
  /** Undefined if there is no such module. */
  read(name: string): Promise<Buffer | undefined>;
  isBuiltIn(name: string): boolean;
}

/** Module names with - and _ taken as one. */
export function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_');
}

/** The modules that this one needs, from its .modinfo section: NUL-terminated `depends=a,b`. */
export function dependenciesOf(content: Buffer): string[] {
  const at = content.indexOf('\0depends=');
  if (at < 0) return [];
  const from = at + '\0depends='.length;
  const list = content.toString('latin1', from, content.indexOf(0, from));
  return list.split(',').filter(Boolean).map(moduleName);
}

/** These modules and all they need, each after what it needs, without those that are built in. */
export async function modulesInOrder(names: readonly string[], source: ModuleSource): Promise<ModuleFile[]> {
  const ordered = new Map<string, ModuleFile>();
  const visit = async (name: string): Promise<void> => {
    if (ordered.has(name) || source.isBuiltIn(name)) return;
    const content = await source.read(name);
    if (content === undefined) throw new LabFailure(`The kernel has no module ${name}`);
    for (const needed of dependenciesOf(content)) await visit(needed);
    ordered.set(name, { name, content });
  };
  for (const name of names) await visit(moduleName(name));
  return [...ordered.values()];
}

/** `directory` is `lib/modules/RELEASE`. */
export function modulesOf(directory: string): ModuleSource {
  const files = new Map(
    readdirSync(join(directory, 'kernel'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ko(\.xz)?$/.test(name))
      .map((name) => [moduleName(name), join(directory, 'kernel', name)]),
  );
  const builtIn = new Set(
    readFileSync(join(directory, 'modules.builtin'), 'utf8').split('\n').filter(Boolean).map(moduleName),
  );
  return {
    isBuiltIn: (name) => builtIn.has(name),
    read: async (name) => {
      const path = files.get(name);
      if (path === undefined) return undefined;
      if (!path.endsWith('.xz')) return readFileSync(path);
      return Buffer.from(await execute('sh', ['-c', 'xz -dc "$1" | base64 -w0', 'sh', path]), 'base64');
    },
  };
}
