/** Threads of tests: Node starts them from JavaScript only. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** `module`, beside this file, as the source of a thread (`eval: true`). */
export function threadSource(module: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(module, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  });
  return outputFiles[0]?.text ?? '';
}
